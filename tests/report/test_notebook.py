"""A run and a comparison in a notebook: frames and figures."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from sample_run import full_run

import dsrna
from dsrna.comparison import Cell, Row, summarise, write_comparison
from dsrna.errors import UserError
from dsrna.report import comparison_figures
from dsrna.runtime import extras

pytest.importorskip("pandas")


def rows(*measures: float) -> list[Row]:
    return [
        Row(Cell("darts", "standard", seed), {"clean": value, "robust 1/255": value / 2})
        for seed, value in enumerate(measures)
    ]


def test_histories_and_results_are_frames(tmp_path: Path) -> None:
    """If this fails, somebody in a notebook parses our files by hand."""
    run = dsrna.Run.load(full_run(tmp_path).path)
    frames = run.frames()
    assert list(frames) == ["search", "training", "attack", "worst", "corruptions", "certify", "radius"]
    assert run.attack is not None
    assert list(frames["search"]["epoch"]) == list(range(1, 16))
    assert {"shares.none", "architecture.cosine", "sizes.parameters.expected"} <= set(frames["search"].columns)
    attack, row = frames["attack"], run.attack.rows[-1]
    assert attack["eps"].iloc[-1] == pytest.approx(float(row.eps))
    assert attack["accuracy"].iloc[-1] == row.count.accuracy
    assert (attack["low"] <= attack["accuracy"]).all()
    assert (attack["accuracy"] <= attack["high"]).all()


def test_a_part_that_is_not_there_has_no_frame(tmp_path: Path) -> None:
    """If this fails, a run under way cannot be looked at, or shows empty frames."""
    folder = full_run(tmp_path)
    for path in (folder.attack, folder.certify, folder.training_history):
        path.unlink()
    run = dsrna.Run.load(str(folder.path))
    assert list(run.frames()) == ["search"]
    assert all(name in {"search", "shares", "gradients", "stability", "sizes"} for name in run.figures())


def test_the_pictures_of_the_page_are_figures(tmp_path: Path) -> None:
    """If this fails, a picture of the page cannot be put into a paper."""
    figures = dsrna.Run.load(full_run(tmp_path).path).figures()
    assert {"search", "shares", "training-loss", "attack", "certified-inf"} <= set(figures)
    assert all(isinstance(figure, Figure) for figure in figures.values())
    figures["attack"].savefig(tmp_path / "attack.pdf")
    assert (tmp_path / "attack.pdf").read_bytes()[:4] == b"%PDF"


def test_a_comparison_is_read_again(tmp_path: Path) -> None:
    """If this fails, a comparison's numbers are in its files alone."""
    written = summarise("digits", rows(0.5, 0.6, 0.7), "darts")
    write_comparison(written, tmp_path)
    found = dsrna.Comparison.load(tmp_path)
    assert found == written
    frames = found.frames()
    assert list(frames["rows"]["measures.clean"]) == [0.5, 0.6, 0.7]
    assert "differences" not in frames
    assert "standard-trade" in comparison_figures(found)


def test_what_is_missing_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a mistyped folder or a plain installation ends in a traceback."""
    with pytest.raises(UserError, match="is not a run folder"):
        dsrna.Run.load(tmp_path)
    with pytest.raises(UserError, match=r"comparison\.json"):
        dsrna.Comparison.load(tmp_path)
    run = dsrna.Run.load(full_run(tmp_path).path)
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"pip install .* .\.\[frames\]"):
        run.frames()
