"""The page: one HTML file with everything in it, written whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from dsrna.report.curves import attack_curve, certified_curve
from dsrna.report.drawing import draw_cell
from dsrna.report.gallery import Gallery, read_gallery
from dsrna.report.headline import remarks, subtitle, tiles
from dsrna.report.histories import search_curves, share_curves, training_curves
from dsrna.report.palette import PALETTE
from dsrna.report.run import Run, read_run
from dsrna.report.table import groups
from dsrna.report.templates import render
from dsrna.runtime.files import write_text
from dsrna.runtime.run_folder import RunFolder


def write_report(folder: RunFolder) -> Path:
    """Write ``report.html`` from the files that the run folder holds so far; return its path.

    The page needs no network and no other file. A damaged file of the run is a ``UserError`` that names it.
    """
    run = read_run(folder)
    gallery = read_gallery(folder.adversarial, run.classes) if folder.adversarial.exists() else None
    write_text(folder.report, page(run, gallery))
    return folder.report


def page(run: Run, gallery: Gallery | None) -> str:
    return render(
        "page.html.jinja",
        run=run,
        palette=PALETTE,
        subtitle=subtitle(run),
        tiles=tiles(run),
        remarks=remarks(run),
        cells=_cells(run),
        robustness=_robustness(run),
        search=[search_curves(run.search), share_curves(run.search)] if run.search else [],
        training=training_curves(run.training) if run.training else [],
        gallery=gallery,
        groups=groups(run),
    )


def _cells(run: Run) -> list[Markup]:
    if run.genotype is None:
        return []
    plain = run.genotype.to_dict()
    return [Markup(draw_cell(plain, "normal")), Markup(draw_cell(plain, "reduce"))]  # noqa: S704  escaped within


def _robustness(run: Run) -> Sequence[Markup]:
    attacked = [attack_curve(run.attack, run.chance)] if run.attack else []
    return attacked + ([certified_curve(run.certify, run.chance)] if run.certify else [])
