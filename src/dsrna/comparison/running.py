"""The cells of a grid, run until none is left that can be."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from dsrna.comparison.grid import Cell, Found, Grid
from dsrna.comparison.made import Made
from dsrna.comparison.measures import PARAMETERS, finished, measures
from dsrna.comparison.places import Cells, Local, Place
from dsrna.comparison.progress import told
from dsrna.comparison.results import Comparison, Row
from dsrna.comparison.summary import check_baseline, summarise
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.recipes import Recipe, load
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.lock import held
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.run_folder import RunFolder
from dsrna.spaces import load_architecture


def compare(
    grid: Grid,
    out: Path,
    *,
    baseline: str | None = None,
    place: Place | None = None,
    threads: int = 1,
    reporter: Reporter | None = None,
) -> Comparison:
    """Run in ``place`` what is not there, each cell on ``threads`` threads, and compare what came out.

    What is there is read; a run that was stopped goes on; a cell that fails is a row with its reason, and so are those
    that wait for it. A recipe that no cell can have raises ``UserError`` before anything is run. One process of this
    machine is the place where none is given.
    """
    if threads < 1:
        raise UserError(f"a cell needs a thread at least, not {threads}")
    cells, folder = tuple(_checked(grid)), ComparisonFolder(out)
    check_baseline(baseline, [cell.contender for cell in cells])
    reporter = reporter or Silent()
    with (
        held(folder.lock, reporter.say),
        (place or Local()).opened(folder) as there,
        reporter.stage("compare", len(cells), "runs") as stage,
    ):
        under_way = _UnderWay(grid, folder, threads, there, list(cells))
        for row in under_way.rows():
            stage.step(1, **_shown(row))
            if row.cell in under_way.ran:
                reporter.say(under_way.told(row))
    rows = [under_way.done[cell] for cell in cells]
    return summarise(grid.recipe.name, rows, baseline, made=Made.of(grid, baseline))


def _checked(grid: Grid) -> Iterator[Cell]:
    """Yield the cells; a recipe that cannot be is found here and not hours later."""
    for cell in grid.cells():
        if grid.after(cell) is None:
            grid.recipe_of(cell)
        yield cell


@dataclass
class _UnderWay:
    """The cells that wait, those that run, and the rows of those that are done."""

    grid: Grid
    folder: ComparisonFolder
    threads: int
    place: Cells
    waiting: list[Cell]
    running: dict[str, Cell] = field(default_factory=dict)
    done: dict[Cell, Row] = field(default_factory=dict)
    ran: set[Cell] = field(default_factory=set)
    begun: float = field(default_factory=time.monotonic)

    def rows(self) -> Iterator[Row]:
        """Yield the row of each cell as it is done."""
        while self.waiting or self.running:
            for cell in self._ready():
                if len(self.running) == self.place.room:
                    break
                self.waiting.remove(cell)
                row = self._begin(cell)
                if row is not None:
                    yield self._noted(row)
            for ended in self.place.ended() if self.running else ():
                cell = self.running.pop(ended.name)
                self.ran.add(cell)
                yield self._noted(self._row(cell, ended.failure))

    def told(self, row: Row) -> str:
        """Say how a cell ended, and how far the grid is."""
        rows, seconds = list(self.done.values()), time.monotonic() - self.begun
        total = len(rows) + len(self.running) + len(self.waiting)
        how = "done" if row.failure is None else f"failed: {row.failure}"
        far = told(rows, total, running=len(self.running), ran=len(self.ran), seconds=seconds)
        return f"compare: {row.cell.name} {how}; {far}"

    def _noted(self, row: Row) -> Row:
        self.done[row.cell] = row
        return row

    def _ready(self) -> list[Cell]:
        return [cell for cell in self.waiting if self.grid.after(cell) in {None, *self.done}]

    def _begin(self, cell: Cell) -> Row | None:
        """Start a cell; return its row if it is there already, or cannot be.

        Where the search that it would share has failed, it searches by itself.
        """
        after = self.grid.after(cell)
        before = None if after is None else self.done[after]
        failed = before is not None and before.failure is not None
        if before is not None and failed and (cell.repeat or cell.beside):
            return Row(cell, {}, f"{before.cell.name}, which it is made from, failed")
        try:
            recipe = self.grid.recipe_of(cell, None if before is None or failed else self._found(before))
            there = _there(recipe, self.folder.cell(cell.name))
        except UserError as error:
            return Row(cell, {}, str(error))
        if there:
            return self._row(cell, None)
        self.place.begin(Job(cell.name, recipe, self.folder, self.threads))
        self.running[cell.name] = cell
        return None

    def _found(self, row: Row) -> Found:
        genotype = load_architecture(self.folder.cell(row.cell.name).genotype)
        return Found(genotype.to_text(), int(row.measures[PARAMETERS]))

    def _row(self, cell: Cell, failure: str | None) -> Row:
        """Read what a cell has left, unless it failed."""
        if failure is not None:
            return Row(cell, {}, failure)
        try:
            return Row(cell, measures(self.folder.cell(cell.name)))
        except UserError as error:
            return Row(cell, {}, str(error))


def _there(recipe: Recipe, folder: RunFolder) -> bool:
    """Whether a finished run of this very recipe is there, whatever it ran on."""
    if not finished(folder):
        return False
    recorded = load(folder.recipe)
    return recorded == replace(recipe, device=recorded.device, threads=recorded.threads)


def _shown(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.measures.items() if name == "clean" or name.startswith("robust")}
