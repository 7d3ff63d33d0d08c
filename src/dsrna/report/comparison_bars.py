"""Small multiples of a comparison: a picture a kind of measure, a panel a radius and norm, a row a contender."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dsrna.comparison import Difference, Summary
from dsrna.comparison.measures import RADIUS, SIZES
from dsrna.report import wording
from dsrna.report.comparison import gained, interval, paired, told
from dsrna.report.comparison_plots import EDGE, FRAME, is_accuracy, possible, short_number, signed_number
from dsrna.report.palette import BLUE, INK, MUTED
from dsrna.report.plot import WIDTH, Look, Plot, mark, tip

ROW: Final = 0.3
"""Inches of a contender."""
ABREAST: Final = 3
"""Panels in a row of them, at the most."""
FINEST: Final = 1e-12
"""What is narrower is a rounding error: the values are the same."""
SHOWN, UNSHOWN = Look(BLUE), Look(BLUE, fill="none")


@dataclass(frozen=True)
class Bar:
    """A contender's value with its interval, None where one seed gives none; a ``strong`` one is filled."""

    name: str
    value: float
    low: float | None
    high: float | None
    tip: str
    strong: bool = True


@dataclass(frozen=True)
class Panel:
    """A measure's bars, under what tells it from others of its kind."""

    title: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Axis:
    """How the values of a picture are drawn: written how, beside a line at 0, on an axis within 0 and 1."""

    written: Callable[[float, int], str]
    zero: bool = False
    share: bool = False


def kind(measure: str) -> str:
    """Return what a measure shares with those at other radii and in other norms: ``robust`` of ``robust L2 0.5``."""
    return measure if measure in SIZES else measure.partition(" ")[0]


def kinds(measures: Iterable[str]) -> dict[str, list[str]]:
    """Return the different measures by their kinds, in their order."""
    found: dict[str, list[str]] = {}
    for measure in dict.fromkeys(measures):
        found.setdefault(kind(measure), []).append(measure)
    return found


def means(name: str, summaries: Sequence[Summary]) -> Plot:
    """Draw the measures of one kind of every contender, the largest on top."""
    bars = [(each.measure, Bar(each.contender, each.mean, each.low, each.high, tip=_said(each))) for each in summaries]
    share = is_accuracy(summaries[0].measure)
    return _panels(name, f"Mean {kind(summaries[0].measure)} of each contender", bars, Axis(short_number, share=share))


def gains(name: str, differences: Sequence[Difference]) -> Plot:
    """Draw what every contender has more than what it is held against, of one kind; filled where it is shown."""
    bars = [
        (
            each.measure,
            Bar(
                each.contender,
                each.mean,
                each.low,
                each.high,
                tip=f"{each.contender} less {each.baseline}, {each.measure}: "
                f"{gained(each)}, 95 % {interval(each) or 'unknown'}, {paired([each])}",
                strong=each.verdict != "no difference shown",
            ),
        )
        for each in differences
    ]
    of = kind(differences[0].measure)
    return _panels(name, f"Gain in {of} of each contender", bars, Axis(signed_number, zero=True))


def _panels(name: str, description: str, bars: Sequence[tuple[str, Bar]], axis: Axis) -> Plot:
    panels = [
        Panel(_title(measure), [bar for other, bar in bars if other == measure])
        for measure in dict.fromkeys(measure for measure, _ in bars)
    ]
    names = _ordered(panels)
    down = -(-len(panels) // ABREAST)
    across = -(-len(panels) // down)
    alike = not bars[0][0].startswith(RADIUS)

    def draw(figure: Figure) -> None:
        grid = figure.subplots(down, across, sharex=alike, sharey=True, squeeze=False)
        for axes in grid.flat[len(panels) :]:
            axes.set_axis_off()
        drawn = grid.flat[: len(panels)]
        for axes, panel in zip(drawn, panels, strict=True):
            _draw(axes, panel, names, axis, ticks=5 if across == 1 else 3)
        for axes in drawn[:1] if alike else drawn:
            _limit(axes, axis)

    return Plot(name, description, (WIDTH, down * (FRAME + ROW * len(names))), draw)


def _title(measure: str) -> str:
    """Return what tells a measure from others of its kind."""
    return wording.norm_name(math.inf) if measure == RADIUS else "" if measure in SIZES else measure.partition(" ")[2]


def _ordered(panels: Sequence[Panel]) -> list[str]:
    """Return the contenders, the one with the largest values last, for rows are counted from below."""
    values: dict[str, list[float]] = {}
    for panel in panels:
        for bar in panel.bars:
            values.setdefault(bar.name, []).append(bar.value)
    return sorted(values, key=lambda name: fmean(values[name]))


def _draw(axes: Axes, panel: Panel, names: Sequence[str], axis: Axis, *, ticks: int) -> None:
    axes.set_title(panel.title)
    axes.grid(visible=False, axis="y")
    axes.set_yticks(range(len(names)), list(map(wording.shortened, names)), color=INK.light)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelbottom=True)
    axes.xaxis.set_major_locator(MaxNLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(axis.written))
    if axis.zero:
        axes.axvline(0, color=MUTED.light, linewidth=1.2)
    for bar in panel.bars:
        _bar(axes, names.index(bar.name), bar)


def _limit(axes: Axes, axis: Axis) -> None:
    """Narrow or widen what is shown of the axis, of all panels that share it: it must be done when all are drawn."""
    low, high = axes.get_xlim()
    if high - low < FINEST:
        axes.set_xlim(low - EDGE, high + EDGE)
    elif axis.share:
        axes.set_xlim(possible(low, high))


def _bar(axes: Axes, place: int, bar: Bar) -> None:
    if bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [place, place], color=BLUE.light, alpha=0.45, linewidth=2.6, gid=tip(bar.tip))
    mark(axes, bar.value, float(place), SHOWN if bar.strong else UNSHOWN, size=6.5, gid=tip(bar.tip))


def _said(summary: Summary) -> str:
    seeds = "1 seed" if summary.seeds == 1 else f"{summary.seeds} seeds"
    return f"{summary.contender}: {told(summary)}, {seeds}"
