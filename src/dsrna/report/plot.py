"""What every plot shares: its frame, the looks of its lines, labels at their ends, and its way into the page.

Plots are drawn in the palette's light colours; on the way into the page each becomes a CSS variable, so that one
picture serves light and dark surroundings. Text stays text, in the page's own font. An artist whose gid ``tip`` made
shows a text under the pointer.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final, Literal

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dsrna.report.palette import FAINT, INK, MUTED, PALETTE, SERIES, SURFACE, Colour
from dsrna.report.spread import spread
from dsrna.report.wording import shortened

WIDTH: Final = 4.8
"""Inches. Narrow, so that the text is still readable when a phone shrinks the picture to its width."""
Size = tuple[float, float]
"""Width and height in inches."""
LABEL_HEIGHT: Final = 0.18
"""Inches from one label to the next."""
MARKS: Final = 12
"""A line of so many points, or up to twice as many, has a mark at each."""
ABOVE: Final = 4
"""The level of marks: lines are on 3 and below."""

_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dsrna",
    "font.size": 10,
    "axes.edgecolor": MUTED.light,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.labelcolor": MUTED.light,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "grid.color": FAINT.light,
    "grid.linewidth": 0.7,
    "text.color": INK.light,
    "text.parse_math": False,
    "xtick.color": MUTED.light,
    "ytick.color": MUTED.light,
}


Fill = Literal["full", "none", "bottom"]


@dataclass(frozen=True)
class Look:
    """How a line looks: never told apart by colour alone. ``fill``: which part of its marks is filled."""

    colour: Colour
    marker: str = "o"
    dash: str = "-"
    width: float = 1.8
    fill: Fill = "full"


_MARKERS: Final = "os^DvPX*"
_DASHES: Final = ("-", "--", "-.", ":")
_FILLS: Final[tuple[Fill, ...]] = ("full", "none", "bottom")


def _looks() -> Iterator[Look]:
    """Yield looks that differ in marker or fill where there are no lines and no colours to tell them by."""
    for index in range(len(_MARKERS) * len(_FILLS)):
        turn, place = divmod(index, len(_MARKERS))
        dash = _DASHES[(index + turn) % len(_DASHES)]
        yield Look(SERIES[index % len(SERIES)], _MARKERS[place], dash, fill=_FILLS[turn])


LOOKS: Final = tuple(_looks())
"""Of which the 25th is the first again."""


@dataclass(frozen=True)
class Line:
    """One line of a plot: its points from left to right, its name and its look; ``tips``: what each point says."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    look: Look
    tips: Sequence[str] = ()


def draw_lines(axes: Axes, lines: Iterable[Line], *, tied: bool = True) -> None:
    """Draw the lines, heavy ones under light ones, their points above them, and each one's name at its right end.

    ``tied``: by a line to the end, which many names would make a knot of; else with the mark that is the line's own.
    """
    drawn = [line for line in lines if line.x]
    for line in drawn:
        colour = line.look.colour.light
        axes.plot(
            line.x, line.y, line.look.dash, color=colour, linewidth=line.look.width, zorder=3 - line.look.width / 10
        )
        _marks(axes, line)
    label_ends(axes, [(line.name, line.x[-1], line.y[-1], line.look) for line in drawn], tied=tied)


def _marks(axes: Axes, line: Line) -> None:
    """Mark the points, of a long line so many of them and the last: above every line, where the pointer finds them."""
    last = len(line.x) - 1
    for index in (*range(0, last, max(1, len(line.x) // MARKS)), last):
        said = tip(line.tips[index]) if line.tips else None
        mark(axes, float(line.x[index]), float(line.y[index]), line.look, size=4.0, gid=said)


def mark(axes: Axes, x: float, y: float, look: Look, *, size: float, gid: str | None, **more: Any) -> None:
    """Draw one point above all lines and bars; ``size`` in points, ``gid`` that of its tip."""
    face = SURFACE.light if look.fill == "none" else look.colour.light  # whose middle the pointer finds
    part = "full" if look.fill == "none" else look.fill
    axes.plot(
        [x],
        [y],
        look.marker,
        color=look.colour.light,
        markerfacecolor=face,
        markerfacecoloralt=SURFACE.light,
        fillstyle=part,
        markersize=size,
        zorder=ABOVE,
        gid=gid,
        **more,
    )


End = tuple[str, float, float, Look]
"""A name, the point it belongs to, and how that looks."""


def label_ends(axes: Axes, ends: Sequence[End], *, tied: bool = True) -> None:
    """Write names right of the axes, each at its point's height or as near as the others let it.

    ``tied``: by a line to the point, else with the point's mark beside the name.
    """
    ordered = sorted(ends, key=lambda end: end[2])
    low, high = axes.get_ylim()
    gap = LABEL_HEIGHT / axes.get_window_extent().height * axes.figure.dpi * (high - low)
    heights = spread([y for _, _, y, _ in ordered], [gap] * (len(ordered) - 1), (low, high))
    arrow = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3}
    for (name, x, y, look), height in zip(ordered, heights, strict=True):
        colour = look.colour.light
        axes.annotate(
            shortened(name),
            (x, y),
            (1.08, height),
            textcoords=axes.get_yaxis_transform(),
            color=colour,
            va="center",
            arrowprops={**arrow, "color": colour} if tied else None,
        )
        if not tied:
            mark(axes, 1.04, height, look, size=6.0, gid=None, transform=axes.get_yaxis_transform(), clip_on=False)


@dataclass(frozen=True)
class Plot:
    """A picture that is drawn when it is wanted, as a figure of matplotlib or as SVG; templates take it as it is.

    ``name`` is unique on a page, ``description`` for who cannot see it; ``draw`` fills a figure of ``size`` inches.
    """

    name: str
    description: str
    size: Size
    draw: Callable[[Figure], None]

    def figure(self) -> Figure:
        with mpl.rc_context(_STYLE):
            figure = Figure(self.size, layout="constrained")
            self.draw(figure)
            return figure

    def svg(self) -> Markup:
        with mpl.rc_context(_STYLE), StringIO() as file:
            self.figure().savefig(file, format="svg", transparent=True, metadata=dict.fromkeys(_METADATA))
            return _for_page(file.getvalue(), self.name, self.description)

    def __html__(self) -> str:
        return self.svg()


_TIP: Final = "tip:"


def tip(text: str) -> str:
    """Return the gid of an artist that is to show ``text`` while the pointer is on it."""
    return _TIP + text


_METADATA: Final = ("Creator", "Date", "Format", "Type")


def _for_page(svg: str, name: str, description: str) -> Markup:
    """Make the ids unique to the picture, the colours variables, and the size that of the place it is put."""
    body = svg[svg.index("<svg") :]
    # matplotlib puts a text that holds double quotes into single ones
    body = re.sub(rf"""<g id=(?:"{_TIP}([^"]*)"|'{_TIP}([^']*)')>""", r"<g><title>\1\2</title>", body)
    body = re.sub("<[^>]*>", lambda tag: re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", tag[0]), body)
    body = re.sub(r' (?:width|height)="[\d.]+pt"', "", body, count=2)
    body = re.sub(r' xmlns:\w+="[^"]*"| version="1.1"', "", body)
    for colour in PALETTE:
        body = body.replace(colour.light, colour.variable)
    return Markup(body.replace("<svg", f'<svg class="plot" role="img" aria-label="{escape(description)}"', 1))  # noqa: S704
