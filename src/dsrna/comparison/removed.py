"""Runs whose folders were removed after a comparison had read them."""

import shutil
from collections.abc import Container
from itertools import count
from pathlib import Path

from dsrna.comparison.grid import Cell, Grid
from dsrna.comparison.made import Made
from dsrna.comparison.measures import finished
from dsrna.comparison.results import Comparison, Row
from dsrna.runtime.comparison_folder import ComparisonFolder


def removed(grid: Grid, folder: ComparisonFolder, made: Made) -> dict[Cell, Row]:
    """Return the rows of finished runs that ``comparison.json`` has and whose folders are not there.

    Only those of the same recipe under the same options and of the same genotypes, and none that comes before a run
    which is still to be made: that needs the genotype. A damaged file is a ``UserError`` that names it.
    """
    if not folder.result.exists():
        return {}
    before = Comparison.load(folder.path)
    if before.made is None or (before.made.recipe, before.made.options) != (made.recipe, made.options):
        return {}
    was = before.made.genotypes
    changed = {name for name, text in made.genotypes.items() if was.get(name, text) != text}
    gone = {cell: row for cell, row in _gone(before, folder).items() if cell.contender not in changed}
    cells = grid.cells()
    for cell in reversed(cells):
        if cell not in gone and not finished(folder.cell(cell.name)):
            gone.pop(grid.after(cell) or cell, None)
    return {cell: gone[cell] for cell in cells if cell in gone}


def set_aside(folder: ComparisonFolder, kept: Container[Cell]) -> tuple[Path, int] | None:
    """Copy a ``comparison.json`` that alone has rows which are not ``kept``; return where to, and how many they are."""
    if not folder.result.exists():
        return None
    lost = [cell for cell in _gone(Comparison.load(folder.path), folder) if cell not in kept]
    if not lost:
        return None
    copy = next(path for path in map(folder.aside, count(1)) if not path.exists())
    shutil.copyfile(folder.result, copy)
    return copy, len(lost)


def _gone(before: Comparison, folder: ComparisonFolder) -> dict[Cell, Row]:
    """The rows of finished runs that have no folder."""
    finished = {row.cell: row for row in before.rows if row.failure is None}
    return {cell: row for cell, row in finished.items() if not folder.cell(cell.name).path.exists()}
