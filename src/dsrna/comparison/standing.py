"""What of a grid stands in a comparison's folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dsrna.comparison.costs import seconds
from dsrna.comparison.grid import Cell, Found, Grid
from dsrna.comparison.measures import PARAMETERS, finished, measures
from dsrna.comparison.results import Row
from dsrna.errors import UserError
from dsrna.recipes import Recipe, load
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.run_folder import RunFolder
from dsrna.spaces import load_architecture


@dataclass(frozen=True)
class Standing:
    """A grid, and the folder where its runs are; ``removed``: the rows of those that were there before."""

    grid: Grid
    folder: ComparisonFolder
    removed: Mapping[Cell, Row] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the runs that are there; one that cannot be read is a row with the reason."""
        done: dict[Cell, Row] = {}
        for cell in self.grid.cells():
            after = self.grid.after(cell)
            row = self.row_of(cell, None if after is None else done.get(after))
            if row is not None:
                done[cell] = row
                yield row

    def row_of(self, cell: Cell, before: Row | None) -> Row | None:
        """Return the row of a run that is or was there, or cannot be read; None where it is still to be made."""
        if cell in self.removed:
            return self.removed[cell]
        if (before is None or before.failure is not None) and (cell.repeat or cell.beside):
            return None
        try:
            there = _there(self.recipe(cell, before), self.folder.cell(cell.name))
        except UserError as error:
            return Row(cell, {}, str(error))
        return self.read(cell) if there else None

    def recipe(self, cell: Cell, before: Row | None) -> Recipe:
        """Return the recipe of a cell; ``before``: the row of the cell that it comes after.

        Where the search that it would share has failed, it searches by itself. A run that is there, and was begun when
        the grid had other trainings, keeps the form that it was begun in. What cannot be is a ``UserError``.
        """
        forms = list(self._forms(cell, before))
        begun = self.folder.cell(cell.name).recipe
        of_begun = load(begun).architecture if len(forms) > 1 and begun.exists() else forms[0].architecture
        return next((form for form in forms if form.architecture == of_begun), forms[0])

    def _forms(self, cell: Cell, before: Row | None) -> Iterator[Recipe]:
        """Yield the recipes of a cell that come to the same: of a shared search's genotype, or of its own search."""
        if before is not None and before.failure is None:
            yield self.grid.recipe_of(cell, self._found(before))
        if not cell.repeat and cell.beside is None:
            yield self.grid.recipe_of(cell)
            for path in (self.folder.cell(other.name).genotype for other in self.grid.alike(cell)):
                if path.exists():
                    yield self.grid.recipe_of(cell, Found(load_architecture(path).to_text(), 0))

    def read(self, cell: Cell) -> Row:
        """Read what a cell has left."""
        try:
            run = self.folder.cell(cell.name)
            return Row(cell, measures(run), seconds=seconds(run))
        except UserError as error:
            return Row(cell, {}, str(error))

    def _found(self, row: Row) -> Found:
        genotype = load_architecture(self.folder.cell(row.cell.name).genotype)
        return Found(genotype.to_text(), int(row.measures[PARAMETERS]))


def _there(recipe: Recipe, folder: RunFolder) -> bool:
    """Whether a finished run of this very recipe is there, whatever it ran on."""
    if not finished(folder):
        return False
    recorded = load(folder.recipe)
    return recorded == replace(recipe, device=recorded.device, threads=recorded.threads)
