"""The results as a table."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from sample_run import ATTACK, DOUBTED, SMOOTHED, full_run

from dsrna.report import summary
from dsrna.report.run import read_run
from dsrna.report.table import groups
from dsrna.runtime.files import write_json
from dsrna.runtime.run_folder import RunFolder


def printed(table: Table) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_the_table_has_every_number(tmp_path: Path) -> None:
    """Else the end of a run would not say what came out of it."""
    text = printed(summary(full_run(tmp_path)))
    for what in (
        "clean",
        "fgsm at 8/255",
        "autoattack at 16/255",
        "worst of all at 8/255",
        "certified at 1/255",
        "contrast, severity 3",
    ):
        assert what in text
    for what in ("mean certified radius", "0.48/255", "16,612", "1,204,992"):
        assert what in text
    assert all(stage in text for stage in ("search", "training", "attack", "certify"))


def test_what_is_known_of_more_classes_and_of_a_transfer_is_said(tmp_path: Path) -> None:
    """Else top-5 accuracy is in a file alone, and nobody knows whose network a transfer attack came from."""
    folder = full_run(tmp_path)
    assert "first five" not in printed(summary(folder))
    write_json(folder.attack, ATTACK | {"top5": {"correct": 350, "total": 359}, "source": "runs/other"})
    found = groups(read_run(folder))[0]
    assert "transferred from runs/other" in found.title
    assert [line.what for line in found.results[:2]] == ["clean", "clean, among the first five"]
    assert found.results[1].value.startswith("97.5")


def test_a_search_alone_states_its_sizes(tmp_path: Path) -> None:
    """Else architectures would be compared before their sizes are known."""
    folder = full_run(tmp_path)
    folder.model.unlink()
    text = printed(summary(folder))
    assert "16,612" in text
    assert "1,204,992" in text


def test_every_norm_has_its_certificates(tmp_path: Path) -> None:
    """Else radii of two norms would be read as of one, or the cost of an image not be told."""
    found = groups(read_run(full_run(tmp_path)))
    titles = [group.title for group in found if "certificates" in group.title]
    assert titles == ["certificates, L\N{INFINITY}, interval bounds", "certificates, L2, interval bounds"]
    lines = {line.what: line.value for line in found[4].results}
    assert (lines["mean certified radius"], lines["median certified radius"]) == ("0.081", "0.062")
    assert lines["median time an image"] == "11\N{NARROW NO-BREAK SPACE}ms"


def test_a_probable_certificate_is_named_as_what_it_is(tmp_path: Path) -> None:
    """Else the terminal would call a statistical statement on another classifier a certificate of the network."""
    folder = full_run(tmp_path)
    write_json(folder.certify, SMOOTHED)
    text = printed(summary(folder))
    for what in ("probabilistic certificates of the smoothed classifier", "99.9% sure", "probably certified at 0.1"):
        assert what in text
    assert "abstained" in text
    assert "  certified at" not in text


def test_a_share_stands_with_its_interval_and_count(tmp_path: Path) -> None:
    """Else a share of few images would look as sure as one of many."""
    clean = groups(read_run(full_run(tmp_path)))[0].results[0]
    assert (clean.what, clean.value[:4], clean.interval[:9], clean.images) == (
        "clean",
        "98.3",
        "96.4\N{EN DASH}99.2",
        "360",
    )


def test_times_are_sums_over_epochs(tmp_path: Path) -> None:
    """Else the cost of a stage would be that of its last epoch."""
    times = {line.what: line.value for line in groups(read_run(full_run(tmp_path)))[-1].results}
    assert times["search"].startswith("1\N{NARROW NO-BREAK SPACE}min 03")


def test_a_partial_run_has_a_shorter_table(tmp_path: Path) -> None:
    """Else the table after a search alone would fail, or show numbers that are not there."""
    folder = full_run(tmp_path)
    for path in (folder.attack, folder.certify, folder.model, folder.training_history):
        path.unlink()
    assert [group.title for group in groups(read_run(folder))] == ["size", "wall time"]


def test_names_are_no_markup(tmp_path: Path) -> None:
    """Else an attack's or folder's name in brackets would vanish from the terminal."""
    folder = RunFolder(full_run(tmp_path).path.rename(tmp_path / "[red]x"))
    write_json(folder.attack, {**ATTACK, "rows": [{**ATTACK["rows"][0], "attack": "[bold]fgsm"}]})
    text = printed(summary(folder))
    assert "[red]x" in text
    assert "[bold]fgsm" in text


def test_a_failed_check_stands_with_the_numbers(tmp_path: Path) -> None:
    """Else the terminal would show a robust accuracy that is not real, without a word."""
    folder = full_run(tmp_path)
    assert "failed" not in printed(summary(folder))
    write_json(folder.attack, {**DOUBTED, "eight_bit": True})
    title = groups(read_run(folder))[0].title
    assert title == "accuracy, L\N{INFINITY} attacks, images of 8 bits, 1 of 3 checks failed"
    text = " ".join(printed(summary(folder)).split())
    assert "black box │ failed" in text
    assert "by the check of black box. Random search wins." in text
