"""Accuracy against the radius of the threat: what attacks leave, and what is certified."""

import math
from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dsrna.evaluation import AttackResult, Certificates, Count
from dsrna.report import wording
from dsrna.report.palette import GREEN, INK, MUTED, Colour
from dsrna.report.plot import LOOKS, WIDTH, Line, Look, Plot, draw_lines
from dsrna.threat import format_norm

HEIGHT: Final = 3.3
"""Inches."""
LETTER: Final = 0.025
"""A letter of a label is this wide, as a share of the axis, on the generous side."""
WORST: Final = Look(INK, "o", width=2.8)
CERTIFIED: Final = Look(GREEN, "s", width=2.8)

Point = tuple[float, Count]
"""A radius in pixel units, and how many images are still classified correctly there."""


def attack_curve(result: AttackResult, chance: float | None) -> Plot:
    """One line an attack, and the worst of all of them for each image; all begin at the clean accuracy."""
    names = dict.fromkeys(row.attack for row in result.rows)
    series = {name: [(row.eps, row.count) for row in result.rows if row.attack == name] for name in names}
    looks = dict(zip(names, LOOKS * len(names), strict=False))
    if len(names) > 1:
        series["worst of all"] = [(row.eps, row.count) for row in result.worst]
        looks["worst of all"] = WORST
    curves = [(name, [(0.0, result.clean), *points], looks[name]) for name, points in series.items()]
    return _picture("attack", "Accuracy under attack against the radius eps", curves, result.norm, chance)


def certified_curve(found: Certificates, chance: float | None, words: str = "certified") -> Plot:
    """The share of images that are classified correctly and certified to stay so; it begins at those classified so."""
    points = [(0.0, found.right), *((row.eps, row.count) for row in found.rows)]
    name = f"certified-{format_norm(found.norm)}"
    curves = [(words, points, CERTIFIED)]
    return _picture(name, f"Accuracy {words} against the radius eps", curves, found.norm, chance)


Curve = tuple[str, Sequence[Point], Look]


def _picture(name: str, description: str, curves: Sequence[Curve], norm: float, chance: float | None) -> Plot:
    scale = unit(norm)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_ylim(-0.02, 1.02)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        radius_axis(axes, norm, sorted({eps * scale for _, points, _ in curves for eps, _ in points}))
        for _, points, look in curves:
            _intervals(axes, points, scale, look.colour)
        draw_lines(axes, [_line(curve, norm) for curve in curves])
        if chance is not None:
            axes.axhline(chance, color=MUTED.light, linewidth=1, linestyle=":")
            axes.annotate("chance", (0, chance), (0, 2), textcoords="offset points", color=MUTED.light, fontsize=8)

    return Plot(name, description, (WIDTH, HEIGHT), draw)


def radius_axis(axes: Axes, norm: float, radii: Sequence[float]) -> None:
    """Name the axis, and mark those of the ``radii``, in the norm's unit, that have room."""
    axes.set_xlabel(
        f"{wording.norm_name(norm)} radius eps" + (", in 1/255 of the pixel range" if norm == math.inf else "")
    )
    axes.set_xticks(_apart(radii), [f"{radius:g}" for radius in _apart(radii)])


def _apart(radii: Sequence[float]) -> list[float]:
    """The radii that can carry a label: from the largest down, those with room to the one before."""
    least = max(0.05, LETTER * max(len(f"{radius:g}") for radius in radii))
    kept: list[float] = []
    for radius in reversed(radii):
        if not kept or kept[-1] - radius >= least * radii[-1]:
            kept.append(radius)
    return kept[::-1]


def _intervals(axes: Axes, points: Sequence[Point], scale: float, colour: Colour) -> None:
    for eps, count in points:
        axes.plot([eps * scale] * 2, count.interval(), color=colour.light, alpha=0.45, linewidth=2.4)


def _line(curve: Curve, norm: float) -> Line:
    name, points, look = curve
    tips = [f"{name}: {_said(count)} at {wording.ball(norm, eps) if eps else 'eps 0'}" for eps, count in points]
    return Line(name, [eps * unit(norm) for eps, _ in points], [count.accuracy for _, count in points], look, tips)


def _said(count: Count) -> str:
    return f"{wording.percent(count.accuracy)} ({wording.percent_range(count.interval())}) of {count.total:,} images"


def unit(norm: float) -> float:
    """Return what a radius in pixel units is multiplied by to stand on the axis."""
    return 255.0 if norm == math.inf else 1.0
