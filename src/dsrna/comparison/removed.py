"""Runs whose folders were removed after a comparison had read them."""

from dsrna.comparison.grid import Cell, Grid
from dsrna.comparison.made import Made
from dsrna.comparison.results import Comparison, Row
from dsrna.runtime.comparison_folder import ComparisonFolder


def removed(grid: Grid, folder: ComparisonFolder, made: Made) -> dict[Cell, Row]:
    """Return the rows of finished runs that ``comparison.json`` has and whose folders are not there.

    Only those of the same recipe under the same options, and none that a run which is there, or is still to be made,
    comes after: it needs the genotype. A damaged file is a ``UserError`` that names it.
    """
    if not folder.result.exists():
        return {}
    before = Comparison.load(folder.path)
    if before.made is None or (before.made.recipe, before.made.options) != (made.recipe, made.options):
        return {}
    read = {row.cell: row for row in before.rows if row.failure is None}
    gone = {cell: row for cell, row in read.items() if not folder.cell(cell.name).path.exists()}
    cells = grid.cells()
    for cell in reversed(cells):
        if cell not in gone:
            gone.pop(grid.after(cell) or cell, None)
    return {cell: gone[cell] for cell in cells if cell in gone}
