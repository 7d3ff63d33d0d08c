"""The page: one HTML file with everything in it, written whole or not at all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from dsrna.report import certificates, wording
from dsrna.report.curves import attack_curve, certified_curve
from dsrna.report.drawing import draw_graph
from dsrna.report.gallery import Gallery, read_gallery
from dsrna.report.headline import remarks, subtitle, tiles
from dsrna.report.histories import (
    gradient_curves,
    search_curves,
    share_curves,
    size_curves,
    stability_curves,
    training_curves,
)
from dsrna.report.palette import PALETTE
from dsrna.report.run import Run, read_run
from dsrna.report.table import groups
from dsrna.report.templates import render
from dsrna.report.training import trained
from dsrna.runtime.files import write_text
from dsrna.runtime.run_folder import RunFolder
from dsrna.search import SearchEpoch


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
        search=_search(run),
        training=training_curves(run.training) if run.training else [],
        trained=trained(run),
        gallery=gallery,
        groups=groups(run),
    )


def _cells(run: Run) -> list[Markup]:
    graphs = run.genotype.graphs() if run.genotype else ()
    return [Markup(draw_graph(graph)) for graph in graphs]  # noqa: S704  escaped within


@dataclass(frozen=True)
class Figure:
    """A picture, its title, and what must be known to read it."""

    picture: Markup | None
    title: str
    note: str


SEARCH: Final[Sequence[tuple[Callable[[Sequence[SearchEpoch]], Markup | None], str, str]]] = (
    (search_curves, "The supernet", "Loss and accuracy while the architecture was searched."),
    (
        share_curves,
        "What the search prefers",
        "A growing share of none is a search that drifts to computing nothing; the genotype cannot show it.",
    ),
    (
        gradient_curves,
        "What moves it",
        (
            "Cosine with the loss above 0: what lowers the loss lowers the metric too. A metric whose gradient is the "
            "larger one, or lies along the scale of the logits, decides without the loss."
        ),
    ),
    (
        stability_curves,
        "Whether it will last",
        (
            "An eigenvalue of the loss's curvature in the architecture parameters that grows, or a growing gap between "
            "the supernet and what would be read off it, announces a result worse than the supernet."
        ),
    ),
    (
        size_curves,
        "How large it will be",
        (
            "The final network, were it drawn by the sharpened mixing weights. A multiplier above 0 pushes towards "
            "smaller networks, one below 0 towards larger ones."
        ),
    ),
)


def _search(run: Run) -> list[Figure]:
    if not run.search:
        return []
    figures = (Figure(draw(run.search), title, note) for draw, title, note in SEARCH)
    return [figure for figure in figures if figure.picture is not None]


def _robustness(run: Run) -> list[Figure]:
    return [*_attacked(run), *_certified(run)]


def _attacked(run: Run) -> Iterator[Figure]:
    if run.attack:
        note = "An upper bound: a stronger attack may find more. Bars are 95% Wilson intervals."
        yield Figure(attack_curve(run.attack, run.chance), "Accuracy under attack", note)


def _certified(run: Run) -> Iterator[Figure]:
    """A picture a norm."""
    if run.certify:
        note = f"{certificates.meaning(run.certify)} Bars are 95% Wilson intervals."
        words = "probably certified" if run.certify.smoothing else "certified"
        of = ", smoothed classifier" if run.certify.smoothing else ""
        for found in run.certify.norms:
            title = f"{words.capitalize()} accuracy{of}, {wording.norm_name(found.norm)}"
            yield Figure(certified_curve(found, run.chance, words), title, note)
