"""Contenders under one protocol: a grid of runs, and what may be said of the differences."""

from dsrna.comparison.files import write_comparison
from dsrna.comparison.grid import CONTROL, Cell, Grid
from dsrna.comparison.made import Made
from dsrna.comparison.rereading import reread
from dsrna.comparison.results import Comparison, Difference, Row, Summary
from dsrna.comparison.running import compare
from dsrna.comparison.summary import summarise
from dsrna.comparison.tables import as_csv, as_latex, as_markdown

__all__ = [
    "CONTROL",
    "Cell",
    "Comparison",
    "Difference",
    "Grid",
    "Made",
    "Row",
    "Summary",
    "as_csv",
    "as_latex",
    "as_markdown",
    "compare",
    "reread",
    "summarise",
    "write_comparison",
]
