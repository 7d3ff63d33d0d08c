"""A comparison summarised anew from what its folder holds by now."""

from pathlib import Path

from dsrna.comparison.grid import CONTROL
from dsrna.comparison.made import Made
from dsrna.comparison.results import Comparison, Row
from dsrna.comparison.standing import Standing
from dsrna.comparison.summary import so_far
from dsrna.runtime.comparison_folder import ComparisonFolder


def reread(out: Path) -> Comparison:
    """Return the comparison of the runs that are there; of one that is not, what was written of it before.

    Nothing is run and nothing written. A file of schema 1, which does not know its grid, gives its own rows again. What
    cannot be read is a ``UserError`` that names it.
    """
    before = Comparison.load(out)
    if before.made is None:
        return so_far(before.recipe, before.rows, _baseline(before))
    rows = _rows(before, before.made, ComparisonFolder(out))
    return so_far(before.recipe, rows, before.made.baseline, before.made)


def _rows(before: Comparison, made: Made, folder: ComparisonFolder) -> list[Row]:
    grid = made.grid(str(folder.result))
    known = {row.cell: row for row in before.rows} | {row.cell: row for row in Standing(grid, folder).rows()}
    return [known[cell] for cell in grid.cells() if cell in known]


def _baseline(comparison: Comparison) -> str | None:
    """Return what others than its own control were held against."""
    others = (each.baseline for each in comparison.differences if each.baseline != f"{CONTROL}{each.contender}")
    return next(others, None)
