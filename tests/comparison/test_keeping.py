"""The files of a comparison while its grid goes on, and afterwards."""

import signal
from pathlib import Path

import pytest
from comparison_cases import Pretending, grid

from dsrna.cli import commands, keeping, main
from dsrna.cli.keeping import Keeper
from dsrna.comparison import Cell, Comparison, Row, compare, reread, summarise, write_comparison
from dsrna.comparison.places import Local
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import read_json, write_json


def of(*seeds: int) -> Comparison:
    return summarise("digits", [Row(Cell("a", "standard", seed), {"clean": 0.5}) for seed in seeds])


def test_tables_are_written_each_time_and_the_page_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, the page is drawn for longer than the cells run, or the last cells are not on it."""
    now, drawn = [0.0], []
    monkeypatch.setattr(keeping, "write_comparison_page", lambda comparison, _: drawn.append(len(comparison.rows)))
    keeper = Keeper(ComparisonFolder(tmp_path), lambda: now[0])
    for seconds, seeds in ((0.0, 0), (1.0, 1), (2.0, 2), (62.0, 3), (63.0, 4)):
        now[0] = seconds
        keeper.note(of(*range(seeds)))
        assert len(Comparison.load(tmp_path).rows) == seeds
    assert drawn == [1, 3]
    keeper.draw()
    keeper.draw()
    assert drawn == [1, 3, 4]


def test_no_page_is_left_of_a_grid_that_was_there_before(tmp_path: Path) -> None:
    """If this fails, a grid that was stopped before its first cell shows the numbers of another one."""
    folder = ComparisonFolder(tmp_path)
    keeper = Keeper(folder)
    keeper.note(of(0, 1))
    assert folder.page.exists()
    keeper.note(of())
    keeper.draw()
    assert not folder.page.exists()


class Interrupted(Pretending):
    """Stops the whole comparison at its third cell."""

    def __call__(self, job: object) -> str | None:
        if len(self.jobs) == 2:
            raise KeyboardInterrupt
        return super().__call__(job)  # type: ignore[arg-type]


def stopped(folder: Path) -> None:
    keeper = Keeper(ComparisonFolder(folder))
    with pytest.raises(KeyboardInterrupt):
        compare(grid(), folder, baseline="random", place=Local(worker=Interrupted()), noted=keeper.note)


def test_a_grid_that_is_stopped_leaves_its_tables(tmp_path: Path) -> None:
    """If this fails, days of a grid are seen only when the last cell has ended."""
    stopped(tmp_path)
    folder = ComparisonFolder(tmp_path)
    assert len(Comparison.load(tmp_path).rows) == 2
    assert "| darts | 1 |" in folder.markdown.read_text("utf-8")
    assert folder.markdown.read_text("utf-8").startswith("2 of 6 runs so far\n\n")
    assert folder.latex.read_text("utf-8").startswith("% 2 of 6 runs so far\n")
    assert folder.page.exists()


def test_a_grid_of_failures_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a script goes on with a table that holds nothing."""
    failing = Pretending(failing=("random-standard-0",))
    monkeypatch.setattr(commands, "chosen_place", lambda _: Local(worker=failing))
    command = ["compare", "digits-small", "--methods", "random", "--seeds", "1", "--out", str(tmp_path)]
    assert main(command) == 2
    said = capsys.readouterr()
    assert "random-standard-0: it was told to" in said.out
    assert "every run of the comparison failed" in said.err


def test_the_command_that_is_stopped_draws_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, Ctrl-C leaves a page that lacks the cells of the last minute."""
    monkeypatch.setattr(commands, "chosen_place", lambda _: Local(worker=Interrupted()))
    command = ["compare", "digits-small", "--methods", "darts,random", "--seeds", "2", "--out", str(tmp_path)]
    assert main(command) == 128 + signal.SIGINT
    page = ComparisonFolder(tmp_path).page
    assert f"comparison so far: {page}" in capsys.readouterr().out
    assert "random-standard-0" in page.read_text("utf-8")


def test_a_report_takes_up_what_has_come_since(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, `dsrna report` knows nothing of comparisons, or shows only what was written before."""
    stopped(tmp_path)
    folder = ComparisonFolder(tmp_path)
    # The rest of the grid, whose tables nobody has written.
    compare(grid(), tmp_path, place=Local(worker=Pretending(failing=("random-standard-1",))))
    assert len(Comparison.load(tmp_path).rows) == 2
    folder.page.unlink()
    assert main(["report", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "5 of 6 runs so far" in said
    assert f"comparison: {folder.page}" in said
    found = Comparison.load(tmp_path)
    assert len(found.rows) == len(grid().cells()) - 1
    assert {each.baseline for each in found.differences} == {"random"}
    assert folder.page.exists()


def test_what_was_written_of_a_cell_that_is_not_there_stays(tmp_path: Path) -> None:
    """If this fails, a comparison that was sent without its runs loses its rows, a failed run its reason."""
    runs, alone = tmp_path / "runs", tmp_path / "alone"
    found = compare(grid(), runs, place=Local(worker=Pretending(failing=("random-standard-1",))))
    write_comparison(found, alone)
    assert reread(alone) == found


def test_a_comparison_of_before_is_summarised_anew(tmp_path: Path) -> None:
    """If this fails, a file that does not know its grid cannot be shown any more, or loses its baseline."""
    found = compare(grid(), tmp_path, baseline="random", place=Local(worker=Pretending()))
    write_json(write_comparison(found, tmp_path).result, read_json(ComparisonFolder(tmp_path).result) | {"made": None})
    assert reread(tmp_path).differences == found.differences


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--table", "accuracies.csv"], "--table is for the folder of a run"),
        (["--serve"], "has runs, but"),
        ([], "has runs, but no comparison.json"),
    ],
)
def test_mistakes_end_in_a_line(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, an option is passed over in silence, or a comparison is called no run."""
    ComparisonFolder(tmp_path).cells.mkdir()
    assert main(["report", str(tmp_path), *options]) == 2
    assert words in capsys.readouterr().err
