"""Accuracy against the radius of the threat, a line a contender."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dsrna.comparison import CONTROL, Summary
from dsrna.comparison.statistics import bootstrap
from dsrna.report import wording
from dsrna.report.comparison import bare, told
from dsrna.report.comparison_bars import kinds
from dsrna.report.comparison_plots import EDGE, possible, short_number, tall
from dsrna.report.comparison_runs import Kept
from dsrna.report.curves import radius_axis, unit
from dsrna.report.plot import LOOKS, WIDTH, Line, Look, Plot, draw_lines
from dsrna.threat import parse_eps, parse_norm

APART: Final = 0.03
"""Of the axis: over so much of it the contenders' intervals at one radius are spread, to be seen beside each other."""
CERTIFIED: Final = "certified"


@dataclass(frozen=True)
class Point:
    """What is left at a radius in pixel units: mean and interval over so many seeds, and in words."""

    eps: float
    seeds: int
    mean: float
    low: float | None
    high: float | None
    said: str


@dataclass(frozen=True)
class Fall:
    """One kind of accuracy under one norm: each contender's points by radius."""

    kind: str
    norm: float
    curves: Mapping[str, Sequence[Point]]

    @property
    def title(self) -> str:
        return f"Accuracy against the {wording.norm_name(self.norm)} radius, {self.kind}"


def falls(summaries: Sequence[Summary], runs: Sequence[Kept] = ()) -> list[Fall]:
    """Return what was measured at several radii. Each begins at radius 0, where that is known.

    That is the clean accuracy under attacks; of certificates the share of images that is right, which ``runs`` know.
    """
    own = [each for each in summaries if not each.contender.startswith(CONTROL)]
    clean = {each.contender: _point(0.0, each) for each in own if each.measure == "clean"}
    found = []
    for (kind, norm), points in _measured(own).items():
        starts = _right(runs, norm) if kind == CERTIFIED else clean
        if any(len(curve) > 1 for curve in points.values()):
            curves = {name: _from(starts.get(name), curve) for name, curve in points.items()}
            found.append(Fall(kind, norm, curves))
    return found


def _measured(summaries: Sequence[Summary]) -> dict[tuple[str, float], dict[str, list[Point]]]:
    found: dict[tuple[str, float], dict[str, list[Point]]] = {}
    for kind, measures in kinds(each.measure for each in summaries).items():
        for each in (each for each in summaries if each.measure in measures):
            radius = _radius(each.measure)
            if radius is not None:
                norm, eps = radius
                found.setdefault((kind, norm), {}).setdefault(each.contender, []).append(_point(eps, each))
    return found


def _radius(measure: str) -> tuple[float, float] | None:
    """Return norm and eps of what is measured at one: ``robust 8/255``, ``certified L2 0.1``."""
    match measure.split(" "):
        case [_, eps] if eps[:1].isdigit():
            return math.inf, parse_eps(eps)
        case [_, norm, eps] if eps[:1].isdigit():
            return parse_norm(norm.removeprefix("L")), parse_eps(eps)
    return None


def _point(eps: float, each: Summary) -> Point:
    return Point(eps, each.seeds, each.mean, each.low, each.high, f"{each.contender}: {told(each)}")


def _from(start: Point | None, points: Sequence[Point]) -> list[Point]:
    """Begin with the start, unless it is a mean over fewer seeds, which another point may lie above."""
    first = [start] if start and start.seeds >= max(point.seeds for point in points) else []
    return sorted([*first, *points], key=lambda point: point.eps)


def _right(runs: Sequence[Kept], norm: float) -> dict[str, Point]:
    """Return the share of images that certification found classified correctly."""
    shares: dict[str, list[float]] = {}
    for each in runs:
        for found in each.run.certify.norms if each.run.certify else ():
            if found.norm == norm:
                shares.setdefault(each.cell.contender, []).append(found.right.accuracy)
    return {name: _at_zero(name, values) for name, values in shares.items()}


def _at_zero(name: str, values: Sequence[float]) -> Point:
    mean, ends = fmean(values), bootstrap(values)
    said = f"{name}: {_share(mean)} right" + (f", 95 % {' to '.join(map(_share, ends))}" if ends else "")
    low, high = ends or (None, None)
    return Point(0.0, len(values), mean, low, high, said)


def _share(value: float) -> str:
    return bare(f"{value:.3f}")


def draw_fall(name: str, fall: Fall) -> Plot:
    """Draw it; eps in 1/255 under L-inf, in pixel units under other norms."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        scale = unit(fall.norm)
        radii = sorted({point.eps * scale for points in fall.curves.values() for point in points})
        radius_axis(axes, fall.norm, radii)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(short_number))
        axes.set_ylim(_limits([point for points in fall.curves.values() for point in points]))
        looked = list(zip(fall.curves.items(), LOOKS * len(fall.curves), strict=False))
        for place, ((_, points), look) in enumerate(looked):
            _intervals(axes, points, look, scale, _beside(place, len(looked), radii[-1]))
        lines = [
            _line(contender, points, look, scale, _beside(place, len(looked), radii[-1]))
            for place, ((contender, points), look) in enumerate(looked)
        ]
        draw_lines(axes, lines, tied=False)

    return Plot(name, fall.title, (WIDTH, tall(len(fall.curves))), draw)


def _beside(place: int, number: int, reach: float) -> float:
    return APART * reach * ((place + 0.5) / number - 0.5)


def _line(contender: str, points: Sequence[Point], look: Look, scale: float, beside: float) -> Line:
    x = [point.eps * scale + beside for point in points]
    return Line(contender, x, [point.mean for point in points], look, [point.said for point in points])


def _intervals(axes: Axes, points: Sequence[Point], look: Look, scale: float, beside: float) -> None:
    for point in points:
        if point.low is not None and point.high is not None:
            x = point.eps * scale + beside
            axes.plot([x, x], [point.low, point.high], color=look.colour.light, alpha=0.35, linewidth=2.2)


def _limits(points: Sequence[Point]) -> tuple[float, float]:
    """Return the limits of an axis that shows the points with their intervals, and a little more."""
    low = min(point.mean if point.low is None else point.low for point in points)
    high = max(point.mean if point.high is None else point.high for point in points)
    margin = EDGE * (high - low) or EDGE
    return possible(low - margin, high + margin)
