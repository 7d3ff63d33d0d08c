"""From the files of a run to one page, a table, and pictures of the cells."""

from dsrna.report.card import write_card
from dsrna.report.comparison import comparison_tables
from dsrna.report.comparison_page import comparison_figures, write_comparison_page
from dsrna.report.drawing import draw_cell, draw_graph
from dsrna.report.page import write_report
from dsrna.report.ranking import ranking_csv, ranking_tables
from dsrna.report.run import Run
from dsrna.report.serving import serve
from dsrna.report.site import comparison_site, run_site
from dsrna.report.table import summary

__all__ = [
    "Run",
    "comparison_figures",
    "comparison_site",
    "comparison_tables",
    "draw_cell",
    "draw_graph",
    "ranking_csv",
    "ranking_tables",
    "run_site",
    "serve",
    "summary",
    "write_card",
    "write_comparison_page",
    "write_report",
]
