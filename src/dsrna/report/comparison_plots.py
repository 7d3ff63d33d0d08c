"""The pictures of a comparison: how large each measure is, what is gained, and what robustness costs in accuracy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dsrna.comparison import Difference, Summary
from dsrna.comparison.measures import RADIUS, SIZES
from dsrna.report.comparison import MINUS, bare, gained, interval, short
from dsrna.report.palette import BLUE, INK, MUTED, SURFACE
from dsrna.report.plot import ABOVE, LOOKS, WIDTH, Line, Look, Plot, draw_lines, label_ends, mark, tip

ROW: Final = 0.3
"""Inches of a contender."""
FRAME: Final = 1.0
"""Inches above and below the contenders."""
SQUARE: Final = 3.6
"""Inches: height of the picture with both accuracies."""
EDGE: Final = 0.04
"""Of the axis: what an accuracy's axis shows beyond 0 and 1, so that a mark there is whole."""


@dataclass(frozen=True)
class Bar:
    """A contender's value with its interval, None where one seed gives none; a ``strong`` one is filled."""

    name: str
    value: float
    low: float | None
    high: float | None
    tip: str
    strong: bool = True


def means(name: str, summaries: Sequence[Summary]) -> Plot:
    """Draw one measure of every contender, the largest on top."""
    bars = [Bar(each.contender, each.mean, each.low, each.high, tip=_said(each)) for each in summaries]
    share = _is_accuracy(summaries[0].measure)
    return _rows(name, f"Mean {summaries[0].measure} of each contender", bars, short_number, share=share)


def gains(name: str, differences: Sequence[Difference]) -> Plot:
    """Draw what every contender has more of one measure than what it is held against; filled where it is shown."""
    bars = [
        Bar(
            each.contender,
            each.mean,
            each.low,
            each.high,
            tip=f"{each.contender} less {each.baseline}: {gained(each)}, 95 % {interval(each) or 'unknown'}",
            strong=each.verdict != "no difference shown",
        )
        for each in differences
    ]
    return _rows(name, f"Gain in {differences[0].measure} of each contender", bars, signed_number, zero=True)


def trade(name: str, clean: Sequence[Summary], robust: Sequence[Summary]) -> Plot:
    """Draw one accuracy against the other, a point a contender, with both intervals."""
    pairs = [(x, y) for x in clean for y in robust if x.contender == y.contender]
    looked = list(zip(pairs, LOOKS * len(pairs), strict=False))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_xlabel(f"{clean[0].measure} accuracy")
        axes.set_ylabel(f"{robust[0].measure} accuracy")
        _numbers(axes)
        for (x, y), look in looked:
            _cross(axes, x, y, look)
        axes.set_xlim(_possible(*axes.get_xlim()))
        axes.set_ylim(_possible(*axes.get_ylim()))
        label_ends(axes, [(x.contender, x.mean, y.mean, look.colour) for (x, y), look in looked])

    height = max(SQUARE, FRAME + ROW * len(pairs))
    return Plot(name, f"{robust[0].measure} against {clean[0].measure} accuracy", (WIDTH + 1, height), draw)


def fall(name: str, kind: str, curves: Mapping[str, Sequence[tuple[float, Summary]]]) -> Plot:
    """Draw a kind of accuracy against the radius, in pixel units, a line a contender."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_xlabel("radius eps, in pixel units")
        _numbers(axes)
        looked = list(zip(curves.items(), LOOKS * len(curves), strict=False))
        axes.set_ylim(_possible(*_limits([each for points in curves.values() for _, each in points])))
        draw_lines(axes, [_course(name, points, look) for (name, points), look in looked])

    height = max(SQUARE, FRAME + 0.8 * ROW * len(curves))
    return Plot(name, f"{kind} accuracy against the radius", (WIDTH + 1, height), draw)


def _course(contender: str, points: Sequence[tuple[float, Summary]], look: Look) -> Line:
    tips = [f"{contender}: {short(each)} {each.measure}" for _, each in points]
    return Line(contender, [eps for eps, _ in points], [each.mean for _, each in points], look, tips)


def short_number(value: float, _: int = 0) -> str:
    return bare(f"{value:.3g}").replace("-", MINUS)


def signed_number(value: float, _: int = 0) -> str:
    return "0" if value == 0 else bare(f"{value:+.3g}").replace("-", MINUS)


def _rows(
    name: str,
    description: str,
    bars: Sequence[Bar],
    written: Callable[[float, int], str],
    *,
    zero: bool = False,
    share: bool = False,
) -> Plot:
    ordered = sorted(bars, key=lambda bar: bar.value)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.grid(visible=False, axis="y")
        axes.set_yticks(range(len(ordered)), [bar.name for bar in ordered], color=INK.light)
        axes.set_ylim(-0.6, len(ordered) - 0.4)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(written))
        if zero:
            axes.axvline(0, color=MUTED.light, linewidth=1.2)
        for place, bar in enumerate(ordered):
            _bar(axes, place, bar)
        if share:
            axes.set_xlim(_possible(*axes.get_xlim()))

    return Plot(name, description, (WIDTH, FRAME + ROW * len(bars)), draw)


def _bar(axes: Axes, place: int, bar: Bar) -> None:
    colour = BLUE.light
    if bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [place, place], color=colour, alpha=0.45, linewidth=2.6, gid=tip(bar.tip))
    face = colour if bar.strong else SURFACE.light  # whose middle the pointer finds, unlike that of none
    axes.plot(
        [bar.value], [place], "o", color=colour, markerfacecolor=face, markersize=7, zorder=ABOVE, gid=tip(bar.tip)
    )


def _cross(axes: Axes, x: Summary, y: Summary, look: Look) -> None:
    colour, said = look.colour.light, f"{x.contender}: {short(x)} {x.measure}, {short(y)} {y.measure}"
    if x.low is not None and x.high is not None:
        axes.plot([x.low, x.high], [y.mean, y.mean], color=colour, alpha=0.45, linewidth=2)
    if y.low is not None and y.high is not None:
        axes.plot([x.mean, x.mean], [y.low, y.high], color=colour, alpha=0.45, linewidth=2)
    mark(axes, x.mean, y.mean, look, size=7, gid=tip(said))


def _is_accuracy(measure: str) -> bool:
    return measure not in SIZES and not measure.startswith(RADIUS)


def _limits(summaries: Sequence[Summary]) -> tuple[float, float]:
    """Return the limits of an axis that shows the means and a little more."""
    low, high = min(each.mean for each in summaries), max(each.mean for each in summaries)
    margin = EDGE * (high - low) or EDGE
    return low - margin, high + margin


def _possible(low: float, high: float) -> tuple[float, float]:
    """Return the limits of an axis without what no accuracy can be."""
    edge = EDGE * (high - low)
    return max(low, -edge), min(high, 1 + edge)


def _numbers(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(short_number))


def _said(summary: Summary) -> str:
    seeds = "1 seed" if summary.seeds == 1 else f"{summary.seeds} seeds"
    return f"{summary.contender}: {short(summary)} {summary.measure}, {seeds}"
