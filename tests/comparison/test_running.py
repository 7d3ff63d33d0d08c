"""A grid under way: resumed, failing, several at a time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from comparison_cases import Pretending, grid

from dsrna.comparison import Comparison, compare, reread, write_comparison
from dsrna.comparison.places import Ended, Local, local
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.spaces import ARCHITECTURES


def test_every_cell_is_run_once_and_read_again(tmp_path: Path) -> None:
    """If this fails, a comparison that is asked for again runs what is there, or invents other numbers."""
    worker = Pretending()
    first = compare(grid(), tmp_path, place=Local(3, worker))
    assert sorted(job.name for job in worker.jobs) == sorted(cell.name for cell in grid().cells())
    again = compare(grid(), tmp_path, place=Local(worker=worker))
    assert len(worker.jobs) == len(grid().cells())
    assert again == first


def test_more_seeds_run_only_what_is_missing(tmp_path: Path) -> None:
    """If this fails, adding a seed throws away the hours of those before."""
    worker = Pretending()
    compare(grid(), tmp_path, place=Local(worker=worker))
    compare(grid(seeds=(0, 1, 2)), tmp_path, place=Local(worker=worker))
    assert {job.recipe.seed for job in worker.jobs[len(grid().cells()) :]} == {2}


def test_other_attacks_are_run_anew(tmp_path: Path) -> None:
    """If this fails, numbers of another protocol are taken for those of this one."""
    worker = Pretending()
    compare(grid(), tmp_path, place=Local(worker=worker))
    compare(grid(fields={"attack": {"images": 10}}), tmp_path, place=Local(worker=worker))
    assert len(worker.jobs) == 2 * len(grid().cells())


def test_another_training_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """If this fails, one option more turns every number of a finished grid into a failure."""
    worker, told = Pretending(), list[Comparison]()
    compare(grid(), tmp_path, place=Local(worker=worker))
    with pytest.raises(UserError, match="training.epochs = 15, this one asks for 2"):
        compare(grid(fields={"training": {"epochs": 2}}), tmp_path, place=Local(worker=worker), noted=told.append)
    assert len(worker.jobs) == len(grid().cells())
    assert not told


@pytest.mark.parametrize("fields", [{"repeats": 1}, {}])
def test_what_was_made_from_a_damaged_run_keeps_its_row(fields: dict[str, Any], tmp_path: Path) -> None:
    """If this fails, one damaged file takes the rows of whole runs with it."""
    chosen = grid(seeds=(0,), **fields)
    before = compare(chosen, tmp_path, place=Local(worker=Pretending()))
    ComparisonFolder(tmp_path).cell("darts-standard-0").attack.write_text("{")
    worker = Pretending()
    after = compare(chosen, tmp_path, place=Local(worker=worker))
    assert {row.cell.name for row in after.rows if row.failure is not None} == {"darts-standard-0"}
    assert [row for row in after.rows if row.failure is None] == [
        row for row in before.rows if row.cell.name != "darts-standard-0"
    ]
    assert not worker.jobs


def test_a_run_that_nothing_needs_any_more_may_go(tmp_path: Path) -> None:
    """If this fails, who makes room on the disk has the run made again, for a control that is there."""
    worker = Pretending()
    before = compare(grid(), tmp_path, place=Local(worker=worker))
    write_comparison(before, tmp_path)
    shutil.rmtree(ComparisonFolder(tmp_path).cell("darts-standard-0").path)
    assert compare(grid(), tmp_path, place=Local(worker=worker)).rows == before.rows
    assert len(worker.jobs) == len(grid().cells())


def test_runs_whose_folders_are_gone_keep_their_rows(tmp_path: Path) -> None:
    """If this fails, who makes room on the disk, or goes on elsewhere with comparison.json alone, loses days."""
    worker = Pretending()
    first = compare(grid(), tmp_path, place=Local(worker=worker))
    write_comparison(first, tmp_path)
    shutil.rmtree(tmp_path / "cells")
    again = compare(grid(seeds=(0, 1, 2)), tmp_path, place=Local(worker=worker))
    assert {job.recipe.seed for job in worker.jobs[len(first.rows) :]} == {2}
    assert again.rows[: len(first.rows)] == first.rows


def test_a_run_that_another_still_needs_is_made_again(tmp_path: Path) -> None:
    """If this fails, a control is made beside a network that nobody has any more."""
    worker = Pretending()
    without = compare(grid(controls=False), tmp_path, place=Local(worker=worker))
    write_comparison(without, tmp_path)
    shutil.rmtree(tmp_path / "cells")
    again = compare(grid(), tmp_path, place=Local(worker=worker))
    made = {job.name for job in worker.jobs[len(without.rows) :]}
    assert made == {cell.name for cell in grid().cells() if cell.contender != "random"}
    assert not [row for row in again.rows if row.failure is not None]


@pytest.mark.parametrize("fields", [{"training": {"epochs": 2}}, {"attack": {"images": 10}}])
def test_rows_of_another_protocol_are_not_kept(fields: dict[str, object], tmp_path: Path) -> None:
    """If this fails, a table mixes numbers of two protocols."""
    worker = Pretending()
    write_comparison(compare(grid(), tmp_path, place=Local(worker=worker)), tmp_path)
    shutil.rmtree(tmp_path / "cells")
    compare(grid(fields=fields), tmp_path, place=Local(worker=worker))
    assert len(worker.jobs) == 2 * len(grid().cells())


@pytest.mark.parametrize("other", [{"fields": {"training": {"epochs": 2}}}, {"methods": ("random",)}, {"seeds": (5,)}])
def test_rows_that_are_nowhere_else_are_kept_aside(other: dict[str, Any], tmp_path: Path) -> None:
    """If this fails, one mistyped option throws away all that was made elsewhere, before anything has run."""
    first = compare(grid(), tmp_path, place=Local(worker=Pretending()))
    folder = write_comparison(first, tmp_path)
    shutil.rmtree(folder.cells)
    written = folder.result.read_bytes()
    compare(grid(**other), tmp_path, place=Local(worker=Pretending()), noted=lambda it: _written(it, tmp_path))
    assert folder.aside(1).read_bytes() == written
    compare(grid(**other), tmp_path, place=Local(worker=Pretending()), noted=lambda it: _written(it, tmp_path))
    assert not folder.aside(2).exists()


def test_nothing_is_kept_aside_that_is_there(tmp_path: Path) -> None:
    """If this fails, every command leaves another copy."""
    write_comparison(compare(grid(), tmp_path, place=Local(worker=Pretending())), tmp_path)
    compare(grid(methods=("random",)), tmp_path, place=Local(worker=Pretending()))
    assert not list(tmp_path.glob("comparison.before*"))


def test_a_genotype_file_that_changed_is_another_architecture(tmp_path: Path) -> None:
    """If this fails, the row of an old genotype stands under the name of the new one."""
    mine, out = tmp_path / "mine.txt", tmp_path / "out"
    mine.write_text(ARCHITECTURES["racl"].to_text())
    chosen: dict[str, Any] = {"methods": (), "architectures": (str(mine),), "seeds": (0,)}
    write_comparison(compare(grid(**chosen), out, place=Local(worker=Pretending())), out)
    shutil.rmtree(out / "cells")
    worker = Pretending()
    assert compare(grid(**chosen), out, place=Local(worker=worker)).rows
    assert not worker.jobs
    mine.write_text(ARCHITECTURES["advrush"].to_text())
    compare(grid(**chosen), out, place=Local(worker=worker))
    assert len(worker.jobs) == 1


def test_a_comparison_is_read_without_its_genotype_files(tmp_path: Path) -> None:
    """If this fails, `dsrna report` ends in an error because a file was moved that it has no need of."""
    mine, out = tmp_path / "mine.txt", tmp_path / "out"
    mine.write_text(ARCHITECTURES["racl"].to_text())
    chosen = grid(methods=(), architectures=(str(mine),), seeds=(0,))
    found = compare(chosen, out, place=Local(worker=Pretending()))
    write_comparison(found, out)
    mine.unlink()
    assert reread(out).rows == found.rows


def test_a_failure_is_a_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    """If this fails, one broken run takes the whole night's grid with it."""
    worker = Pretending(failing=("darts-standard-0",))
    found = compare(grid(), tmp_path, place=Local(2, worker))
    failures = {row.cell.name: row.failure for row in found.rows if row.failure is not None}
    assert failures == {
        "darts-standard-0": "it was told to",
        "random-beside-darts-standard-0": "darts-standard-0, which it is made from, failed",
    }
    assert {row.cell.seed for row in found.rows if row.measures} == {0, 1}


@dataclass
class Queue:
    """A place that takes ``most`` cells at a time, and after ``lasts`` of them none any more."""

    most: int
    lasts: int = 100
    threads: int = 1
    room: None = None
    handed_in: list[Job] = field(default_factory=list)
    worker: Pretending = field(default_factory=Pretending)

    @contextmanager
    def opened(self, folder: ComparisonFolder) -> Iterator["Queue"]:
        yield self

    def begin(self, job: Job) -> None:
        if len(self.handed_in) == self.most or len(self.worker.jobs) >= self.lasts:
            raise UserError("the queue is full")
        self.handed_in.append(job)

    def ended(self) -> list[Ended]:
        job = self.handed_in.pop(0)
        return [Ended(job.name, self.worker(job))]


def test_what_a_place_does_not_take_is_handed_in_again(tmp_path: Path) -> None:
    """If this fails, a cluster that lets somebody hand in four jobs at a time ends a grid of five."""
    place = Queue(most=2)
    assert not [row for row in compare(grid(), tmp_path, place=place).rows if row.failure is not None]
    assert len(place.worker.jobs) == len(grid().cells())


def test_a_place_that_takes_nothing_any_more_leaves_what_it_has_done(tmp_path: Path) -> None:
    """If this fails, a grid of days ends in an error when its largest machine dies, and its table is not written."""
    found = compare(grid(), tmp_path, place=Queue(most=1, lasts=2))
    assert [row.failure is None for row in found.rows].count(True) == 2
    assert "the queue is full" in {row.failure for row in found.rows}
    with pytest.raises(UserError, match="the queue is full"):
        compare(grid(), tmp_path, place=Queue(most=0))


def test_a_shared_search_that_failed_is_made_again(tmp_path: Path) -> None:
    """If this fails, a network that could not be trained in one way takes those of the other ways with it."""
    worker = Pretending(failing=("darts-standard-0",))
    chosen = grid(trainings=("standard", "pgd"), controls=False)
    found = compare(chosen, tmp_path, place=Local(worker=worker))
    searched = {job.name for job in worker.jobs if job.recipe.architecture is None}
    assert [row.cell.name for row in found.rows if row.failure is not None] == ["darts-standard-0"]
    assert "darts-pgd-0" in searched
    assert "darts-pgd-1" not in searched


@pytest.mark.parametrize(("first", "then"), [(("pgd",), ("standard", "pgd")), (("standard", "pgd"), ("pgd",))])
def test_other_trainings_leave_finished_runs_as_they_are(
    first: tuple[str, ...], then: tuple[str, ...], tmp_path: Path
) -> None:
    """If this fails, a way of training more makes a failure of a run that searched by itself, or shared a search."""
    worker = Pretending()
    before = compare(grid(trainings=first), tmp_path, place=Local(worker=worker))
    made = len(worker.jobs)
    after = compare(grid(trainings=then), tmp_path, place=Local(worker=worker))
    assert {job.recipe.training.method for job in worker.jobs[made:]} == set(then) - set(first)
    assert {row.cell: row for row in before.rows if row.cell.training == "pgd"} == {
        row.cell: row for row in after.rows if row.cell.training == "pgd"
    }


@pytest.mark.parametrize("own", [False, True])
def test_a_run_stays_when_the_one_that_it_shared_a_search_with_is_deleted(tmp_path: Path, own: bool) -> None:
    """If this fails, who makes room loses a finished run, whose folder is whole, from every mean."""
    chosen, first = grid(methods=("darts",), trainings=("standard", "pgd"), controls=False), Pretending()
    if own:
        first.failing = ("darts-standard-0", "darts-standard-1")
        compare(chosen, tmp_path, place=Local(worker=first))
    before = compare(chosen, tmp_path, place=Local(worker=Pretending()))
    write_comparison(before, tmp_path)
    shutil.rmtree(ComparisonFolder(tmp_path).cell("darts-standard-0").path)
    worker = Pretending()
    assert compare(chosen, tmp_path, place=Local(worker=worker)).rows == before.rows
    assert not worker.jobs


def test_a_search_of_its_own_is_kept_when_the_shared_one_succeeds_later(tmp_path: Path) -> None:
    """If this fails, a run that stood in for a failed search is a failure as soon as that is mended."""
    chosen = grid(trainings=("standard", "pgd"), controls=False)
    compare(chosen, tmp_path, place=Local(worker=Pretending(failing=("darts-standard-0",))))
    worker = Pretending()
    compare(chosen, tmp_path, place=Local(worker=worker))
    assert [job.name for job in worker.jobs] == ["darts-standard-0"]


def test_what_is_there_does_not_wait_for_what_runs(tmp_path: Path) -> None:
    """If this fails, a grid with one method more says that nearly all of it is still to be done."""
    compare(grid(methods=("darts",)), tmp_path, place=Local(worker=Pretending()))
    told: list[Comparison] = []
    compare(grid(methods=("random", "darts")), tmp_path, place=Local(worker=Pretending()), noted=told.append)
    assert [len(each.rows) for each in told] == [4, 5, 6]


def test_a_recipe_that_cannot_be_is_found_before_anything_runs(tmp_path: Path) -> None:
    """If this fails, a contradiction shows after the first contender has been trained."""
    worker = Pretending()
    with pytest.raises(UserError, match="certified"):
        compare(grid(fields={"search": {"certified": {"weight": 0.3}}}), tmp_path, place=Local(worker=worker))
    assert not worker.jobs


@pytest.mark.parametrize("name", ["recipe.yaml", "comparison.csv", "thesis.tex"])
def test_a_folder_of_something_else_is_left_alone(name: str, tmp_path: Path) -> None:
    """If this fails, a table of somebody's is written over, or a run is hidden behind a comparison."""
    (tmp_path / name).write_text("mine")
    worker = Pretending()
    with pytest.raises(UserError, match="something that is not a comparison"):
        compare(grid(), tmp_path, place=Local(worker=worker))
    assert not worker.jobs


def test_what_a_grid_has_come_to_is_told_as_it_goes(tmp_path: Path) -> None:
    """If this fails, a grid that is stopped after days leaves no table, or one that goes on loses rows."""
    told: list[Comparison] = []
    worker = Pretending(failing=("random-standard-0",))
    found = compare(grid(), tmp_path, baseline="random", place=Local(worker=worker), noted=told.append)
    assert [len(each.rows) for each in told] == list(range(len(grid().cells()) + 1))
    assert told[-1] == found
    assert all(each.made == found.made for each in told)
    again: list[Comparison] = []
    compare(grid(), tmp_path, baseline="random", place=Local(worker=worker), noted=again.append)
    assert [len(each.rows) for each in again] == [5, 6]


@pytest.mark.parametrize(
    ("own", "asked", "workers", "threads"), [(1, None, 2, 1), (1, 3, 2, 3), (None, None, 2, 4), (None, None, 9, 1)]
)
def test_threads_are_those_asked_for_or_the_recipe_s_or_a_share(
    own: int | None, asked: int | None, workers: int, threads: int, tmp_path: Path
) -> None:
    """If this fails, an option does nothing, a recipe comes to other bits, or the machine idles or is overrun."""
    worker = Pretending()
    chosen = grid(methods=("random",), seeds=(0,), fields={"threads": own})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(local, "cores", lambda: 8)
        found = compare(chosen, tmp_path, place=Local(workers, worker), threads=asked)
    assert [job.cpus for job in worker.jobs] == [threads]
    assert found.made is not None
    assert found.made.threads == asked


def test_a_comparison_goes_on_with_other_threads(tmp_path: Path) -> None:
    """If this fails, a grid that is gone on with on another machine begins anew."""
    worker = Pretending()
    compare(grid(), tmp_path, place=Local(worker=worker), threads=1)
    compare(grid(), tmp_path, place=Local(worker=worker), threads=2)
    assert len(worker.jobs) == len(grid().cells())


def _written(comparison: Comparison, out: Path) -> None:
    write_comparison(comparison, out)
