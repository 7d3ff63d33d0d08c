"""The cells of a grid, run until none is left that can be."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from dsrna.comparison.grid import Cell, Grid
from dsrna.comparison.made import Made
from dsrna.comparison.places import Cells, Ended, Local, Place
from dsrna.comparison.progress import at_work, told
from dsrna.comparison.removed import removed, set_aside
from dsrna.comparison.results import Comparison, Row
from dsrna.comparison.standing import Standing
from dsrna.comparison.summary import check_baseline, so_far
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.lock import held
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.run_folder import RunFolder


def compare(
    grid: Grid,
    out: Path,
    *,
    baseline: str | None = None,
    place: Place | None = None,
    threads: int | None = None,
    reporter: Reporter | None = None,
    noted: Callable[[Comparison], None] = lambda _: None,
) -> Comparison:
    """Run in ``place`` what is not there, and compare what came out.

    What is there is read, and of runs whose folders were removed what ``comparison.json`` says; a run that was stopped
    goes on; a cell that fails is a row with its reason, and so are those that wait for it. A recipe that no cell can
    have raises ``UserError`` before anything is run. One process of this machine is the place where none is given.
    Each cell has ``threads`` threads; None: those of its recipe, or where it has none, its share of the place.
    ``noted`` is told what the grid has come to: before any cell runs, after each that did, and at the end.
    """
    if threads is not None and threads < 1:
        raise UserError(f"a cell needs a thread at least, not {threads}")
    cells, folder, made = tuple(_checked(grid)), ComparisonFolder(out), Made.of(grid, baseline, threads)
    check_baseline(baseline, [cell.contender for cell in cells])
    _check_own(folder)
    place, reporter = place or Local(), reporter or Silent()

    def compared(known: dict[Cell, Row]) -> Comparison:
        found = so_far(grid.recipe.name, [known[cell] for cell in cells if cell in known], baseline, made)
        noted(found)
        return found

    with held(folder.lock, reporter.say), place.opened(folder) as there:
        standing = Standing(grid, folder, removed(grid, folder, made))
        if standing.removed:
            reporter.say(f"compare: {len(standing.removed)} runs without folders keep their rows")
        standing.check()
        before = {row.cell: row for row in standing.rows()}
        if aside := set_aside(folder, before):
            reporter.say(
                f"compare: {aside[1]} rows of runs that are gone are of another grid, or needed by other runs and made "
                f"again; {aside[0]} keeps them"
            )
        compared(before)
        waiting = [cell for cell in cells if cell not in before]
        under_way = _UnderWay(standing, threads, place.threads, there, reporter.say, waiting, done=before)
        with reporter.stage("compare", len(cells), "runs", done=len(before)) as stage:
            for row in under_way.rows():
                stage.step(1, **_shown(row))
                if row.cell in under_way.ran:
                    reporter.say(under_way.told(row))
                    if under_way.left:
                        compared(under_way.done)
        return compared(under_way.done)


def _check_own(folder: ComparisonFolder) -> None:
    """Refuse a folder that holds something else: its files would be written over, or hidden behind a comparison's."""
    there = set(folder.path.iterdir()) if folder.path.is_dir() else set()
    begun = {folder.lock, folder.recipe("").parent, folder.log("").parent, folder.jobs}
    own = folder.cells.is_dir() or folder.result.exists() or all(path in begun for path in there)
    if RunFolder(folder.path).recipe.exists() or not own:
        raise UserError(f"{folder.path} holds something that is not a comparison; choose another folder with --out")


def _checked(grid: Grid) -> Iterator[Cell]:
    """Yield the cells; a recipe that cannot be is found here and not hours later."""
    for cell in grid.cells():
        if grid.after(cell) is None:
            grid.recipe_of(cell)
        yield cell


@dataclass
class _UnderWay:
    """The cells that wait, those that run, and the rows of those that are done."""

    standing: Standing
    threads: int | None
    share: int
    place: Cells
    say: Callable[[str], None]
    waiting: list[Cell]
    running: dict[str, Cell] = field(default_factory=dict)
    done: dict[Cell, Row] = field(default_factory=dict)
    ran: set[Cell] = field(default_factory=set)
    begun: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> int:
        return len(self.waiting) + len(self.running)

    def rows(self) -> Iterator[Row]:
        """Yield the row of each cell as it is done."""
        rows: list[Row] = []
        while self.left:
            # What is handed in before the rows are told is among what is told to be running.
            rows += self._handed_in()
            if self.running and not self.ran:
                self.say(f"compare: {at_work(list(self.running))}")
            yield from rows
            rows = [self._ended(ended) for ended in self.place.ended()] if self.running else []
        yield from rows

    def _ended(self, ended: Ended) -> Row:
        cell = self.running.pop(ended.name)
        self.ran.add(cell)
        return self._noted(Row(cell, {}, ended.failure) if ended.failure is not None else self.standing.read(cell))

    def told(self, row: Row) -> str:
        """Say how a cell ended, and how far the grid is."""
        rows, seconds = list(self.done.values()), time.monotonic() - self.begun
        total = len(rows) + self.left
        how = "done" if row.failure is None else f"failed: {row.failure}"
        far = told(rows, total, running=list(self.running), ran=len(self.ran), seconds=seconds)
        return f"compare: {row.cell.name} {how}; {far}"

    def _noted(self, row: Row) -> Row:
        self.done[row.cell] = row
        return row

    def _handed_in(self) -> Iterator[Row]:
        """Start what there is room for; yield the rows of what is there already, or cannot be.

        What the place does not take beside others is tried again when one of them has ended.
        """
        for cell in self._ready():
            if len(self.running) == self.place.room:
                return
            try:
                row = self._begin(cell)
            except UserError as error:
                if self.running:
                    return
                if not self.ran:
                    raise
                row = Row(cell, {}, str(error))
            self.waiting.remove(cell)
            if row is not None:
                yield self._noted(row)

    def _ready(self) -> list[Cell]:
        return [cell for cell in self.waiting if self.standing.grid.after(cell) in {None, *self.done}]

    def _begin(self, cell: Cell) -> Row | None:
        """Start a cell; return its row if it is there already, or cannot be."""
        after = self.standing.grid.after(cell)
        before = None if after is None else self.done[after]
        if before is not None and before.failure is not None and (cell.repeat or cell.beside):
            return Row(cell, {}, f"{before.cell.name}, which it is made from, failed")
        row = self.standing.row_of(cell, before)
        if row is not None:
            return row
        recipe = self.standing.recipe(cell, before)
        given = replace(recipe, threads=self.threads or recipe.threads)
        self.place.begin(Job(cell.name, given, self.standing.folder, self.share))
        self.running[cell.name] = cell
        return None


def _shown(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.measures.items() if name == "clean" or name.startswith("robust")}
