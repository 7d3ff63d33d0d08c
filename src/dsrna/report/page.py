"""The page: one HTML file with everything in it, written whole or not at all."""

from pathlib import Path

from markupsafe import Markup

from dsrna.report import figures
from dsrna.report.drawing import draw_graph
from dsrna.report.gallery import Gallery, read_gallery
from dsrna.report.headline import remarks, subtitle, tiles
from dsrna.report.histories import training_curves
from dsrna.report.palette import PALETTE
from dsrna.report.run import Run, read_run
from dsrna.report.table import groups
from dsrna.report.templates import render, script
from dsrna.report.training import trained
from dsrna.runtime.files import write_text
from dsrna.runtime.run_folder import RunFolder


def write_report(folder: RunFolder) -> Path:
    """Write ``report.html`` from the files that the run folder holds so far; return its path.

    The page needs no network and no other file. A damaged file of the run is a ``UserError`` that names it.
    """
    write_text(folder.report, report_page(folder))
    return folder.report


def report_page(folder: RunFolder) -> str:
    """Return the page of what the run folder holds so far."""
    run = read_run(folder)
    return page(run, read_gallery(folder.adversarial, run.classes) if folder.adversarial.exists() else None)


def page(run: Run, gallery: Gallery | None) -> str:
    return render(
        "page.html.jinja",
        run=run,
        palette=PALETTE,
        script=script(),
        subtitle=subtitle(run),
        tiles=tiles(run),
        remarks=remarks(run),
        cells=_cells(run),
        robustness=figures.robustness(run.attack, run.certify, run.chance),
        search=figures.searched(run.search),
        training=training_curves(run.training),
        trained=trained(run),
        gallery=gallery,
        groups=groups(run),
    )


def _cells(run: Run) -> list[Markup]:
    graphs = run.genotype.graphs() if run.genotype else ()
    return [Markup(draw_graph(graph)) for graph in graphs]  # noqa: S704  escaped within
