"""What of a grid stands in a comparison's folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dsrna.comparison.costs import seconds
from dsrna.comparison.grid import Cell, Found, Grid
from dsrna.comparison.measures import PARAMETERS, finished, measures
from dsrna.comparison.results import Row
from dsrna.errors import UserError
from dsrna.recipes import Recipe, check_same, load
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.run_folder import RunFolder
from dsrna.spaces import load_architecture


@dataclass(frozen=True)
class Standing:
    """A grid, and the folder where its runs are; ``removed``: the rows of those that were there before."""

    grid: Grid
    folder: ComparisonFolder
    removed: Mapping[Cell, Row] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse a grid whose runs are there and were searched or trained under another recipe."""
        for cell in self.grid.cells():
            begun = self.folder.cell(cell.name)
            if self.grid.after(cell) is None and begun.recipe.exists() and cell not in self.removed:
                check_same(load(begun.recipe), self.recipe(cell, None), begun.path)

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
        run = self.folder.cell(cell.name)
        made_from = cell.repeat or cell.beside or (before is not None and before.failure is None)
        alone = bool(made_from) and not self._tells(before)
        if alone and (before is None or not finished(run)):
            return None
        try:
            there = _there(self._of_itself(cell, run) if alone else self.recipe(cell, before), run)
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

    def _tells(self, before: Row | None) -> bool:
        """Whether the run that others are made from still says what they are to be."""
        return before is not None and before.failure is None and self.folder.cell(before.cell.name).genotype.exists()

    def _of_itself(self, cell: Cell, run: RunFolder) -> Recipe:
        """Return the recipe of a finished run, taking from itself what came of the one that it was made from."""
        recorded = load(run.recipe)
        if cell.beside is None and recorded.architecture is None and not cell.repeat:
            return self.grid.recipe_of(cell)
        if cell.beside is None:
            return self.grid.recipe_of(cell, Found(recorded.architecture or "", 0))
        band = recorded.search.params or (1, 1)
        recipe = self.grid.recipe_of(cell, Found("", band[-1]))
        return replace(recipe, search=replace(recipe.search, params=band))

    def _found(self, row: Row) -> Found:
        genotype = load_architecture(self.folder.cell(row.cell.name).genotype)
        return Found(genotype.to_text(), int(row.measures[PARAMETERS]))


def _there(recipe: Recipe, folder: RunFolder) -> bool:
    """Whether a finished run of this very recipe is there, whatever it ran on."""
    if not finished(folder):
        return False
    recorded = load(folder.recipe)
    return recorded == replace(recipe, device=recorded.device, threads=recorded.threads)
