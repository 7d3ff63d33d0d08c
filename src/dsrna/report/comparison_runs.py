"""What a comparison shows of its runs themselves: what they found, how they searched, what fools them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from markupsafe import Markup

from dsrna.comparison import CONTROL, Cell, Row
from dsrna.errors import UserError
from dsrna.report.drawing import draw_graph
from dsrna.report.figures import Figure
from dsrna.report.gallery import Gallery, read_gallery
from dsrna.report.histories import share_curves
from dsrna.report.plot import WIDTH
from dsrna.report.run import Run, read_run
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.run_folder import RunFolder

T = TypeVar("T")

MOST: Final = 40
"""So many contenders are shown with their cells, their searches and their images: a page must be opened too."""
EXAMPLES: Final = 2
"""Adversarial images of each."""
SIDE: Final = 64
"""Pixels across of an image at the most."""
LOW: Final = 3.2
"""Inches: height of a picture of a search beside others."""


@dataclass(frozen=True)
class Kept:
    """A cell of the grid whose run folder is there, with what it holds."""

    cell: Cell
    folder: RunFolder
    run: Run


@dataclass(frozen=True)
class Some(Generic[T]):
    """Things that the page shows, and how many more of their kind it leaves out."""

    shown: tuple[T, ...]
    left: int = 0


@dataclass(frozen=True)
class Drawn:
    """The architecture of a contender as drawings."""

    name: str
    pictures: tuple[Markup, ...]


@dataclass(frozen=True)
class Fooled:
    """Adversarial images of a contender."""

    name: str
    gallery: Gallery


def kept_runs(rows: Sequence[Row], folder: ComparisonFolder) -> tuple[Kept, ...]:
    """Read the runs that finished, without further trainings of a genotype; those that are gone are left out."""
    finished = (row.cell for row in rows if row.failure is None and not row.cell.repeat)
    return tuple(kept for cell in finished if (kept := _kept(cell, folder.cell(cell.name))) is not None)


def _kept(cell: Cell, folder: RunFolder) -> Kept | None:
    try:
        return Kept(cell, folder, read_run(folder))
    except UserError:
        return None


def first(runs: Sequence[Kept]) -> list[Kept]:
    """Return the runs of the first seed, controls left out."""
    seed = min((each.cell.seed for each in runs), default=None)
    return [each for each in runs if each.cell.seed == seed and not each.cell.contender.startswith(CONTROL)]


def architectures(runs: Sequence[Kept]) -> Some[Drawn]:
    """Draw what the contenders found, each architecture once, whichever trainings it was for."""
    found = _some(_different(runs))
    drawn = (Drawn(name, _cells(f"drawn-{place}", each.run)) for place, (name, each) in enumerate(found.shown))
    return Some(tuple(drawn), found.left)


def _some(things: Sequence[T]) -> Some[T]:
    return Some(tuple(things[:MOST]), max(0, len(things) - MOST))


def _cells(prefix: str, run: Run) -> tuple[Markup, ...]:
    graphs = run.genotype.graphs() if run.genotype else ()
    return tuple(Markup(draw_graph(graph, f"{prefix}-")) for graph in graphs)  # noqa: S704  escaped within


def _different(runs: Sequence[Kept]) -> list[tuple[str, Kept]]:
    """Return each contender's architectures, with its name and, where it has several, the trainings each is for."""
    found: dict[str, dict[str, list[Kept]]] = {}
    for each in runs:
        if each.run.genotype is not None:
            found.setdefault(each.cell.contender, {}).setdefault(each.run.genotype.to_text(), []).append(each)
    return [
        (name if len(texts) == 1 else f"{name}, {' and '.join(each.cell.training for each in alike)}", alike[0])
        for name, texts in found.items()
        for alike in texts.values()
    ]


def searches(runs: Sequence[Kept]) -> Some[Figure]:
    """Draw what every contender that searched preferred, epoch by epoch."""
    searched = _different([each for each in runs if each.run.search])
    curves = [(name, each, share_curves(each.run.search)) for name, each in searched]
    return _some(
        [
            Figure(
                replace(plot, name=f"searched-{place}", size=(WIDTH, LOW)),
                name,
                f"Seed {each.cell.seed}. How much of each mixed operation is which operation, on the mean.",
            )
            for place, (name, each, plot) in enumerate(curves)
            if plot is not None
        ]
    )


def fooled(runs: Sequence[Kept]) -> Some[Fooled]:
    """Return a few adversarial images of each contender."""
    galleries = ((each.cell.contender, _gallery(each)) for each in runs if each.folder.adversarial.exists())
    return _some([Fooled(name, gallery) for name, gallery in galleries if gallery is not None and gallery.examples])


def _gallery(kept: Kept) -> Gallery | None:
    try:
        return read_gallery(kept.folder.adversarial, kept.run.classes, EXAMPLES, SIDE)
    except UserError:
        return None
