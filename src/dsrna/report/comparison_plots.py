"""What robustness costs in accuracy, a point a contender, and how a comparison's pictures write numbers."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dsrna.comparison import CONTROL, Summary
from dsrna.comparison.measures import RADIUS, SIZES
from dsrna.report.comparison import MINUS, bare, told
from dsrna.report.palette import MUTED
from dsrna.report.plot import LABEL_HEIGHT, LOOKS, WIDTH, Look, Plot, label_ends, mark, tip

SQUARE: Final = 3.6
"""Inches: height of the picture with both accuracies."""
FRAME: Final = 0.8
"""Inches of a picture that its axes and titles take."""
EDGE: Final = 0.04
"""Of the axis: what is shown beyond the marks, and beyond 0 and 1 of an accuracy."""
BESIDE: Final = Look(MUTED)
"""A random network: what the others are to be seen against."""

Pair = tuple[Summary, Summary]


def trade(name: str, clean: Sequence[Summary], robust: Sequence[Summary]) -> Plot:
    """Draw one accuracy against the other, a point a contender, with both intervals; controls small and grey."""
    pairs = [(x, y) for x in clean for y in robust if x.contender == y.contender]
    own = [pair for pair in pairs if not pair[0].contender.startswith(CONTROL)]
    looked = list(zip(own, LOOKS * len(own), strict=False))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_xlabel(f"{clean[0].measure} accuracy")
        axes.set_ylabel(f"{robust[0].measure} accuracy")
        numbered(axes)
        for pair in pairs:
            if pair not in own:
                _cross(axes, pair, BESIDE, size=3.5, strength=0.2)
        for pair, look in looked:
            _cross(axes, pair, look, size=7, strength=0.45)
        axes.set_xlim(possible(*axes.get_xlim()))
        axes.set_ylim(possible(*axes.get_ylim()))
        label_ends(axes, [(x.contender, x.mean, y.mean, look) for (x, y), look in looked], tied=False)

    return Plot(name, f"{robust[0].measure} against {clean[0].measure} accuracy", (WIDTH, tall(len(own))), draw)


def tall(names: int) -> float:
    """Return the height in inches of a picture with so many names at its side."""
    return max(SQUARE, FRAME + LABEL_HEIGHT * names)


def _cross(axes: Axes, pair: Pair, look: Look, *, size: float, strength: float) -> None:
    x, y = pair
    colour, said = look.colour.light, f"{x.contender}: {told(x)}; {told(y)}"
    if x.low is not None and x.high is not None:
        axes.plot([x.low, x.high], [y.mean, y.mean], color=colour, alpha=strength, linewidth=2)
    if y.low is not None and y.high is not None:
        axes.plot([x.mean, x.mean], [y.low, y.high], color=colour, alpha=strength, linewidth=2)
    mark(axes, x.mean, y.mean, look, size=size, gid=tip(said))


def short_number(value: float, _: int = 0) -> str:
    return bare(f"{value:.3g}").replace("-", MINUS)


def signed_number(value: float, _: int = 0) -> str:
    return "0" if value == 0 else bare(f"{value:+.3g}").replace("-", MINUS)


def is_accuracy(measure: str) -> bool:
    return measure not in SIZES and not measure.startswith(RADIUS)


def possible(low: float, high: float) -> tuple[float, float]:
    """Return the limits of an axis without what no accuracy can be."""
    edge = EDGE * (high - low)
    return max(low, -edge), min(high, 1 + edge)


def numbered(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(short_number))
