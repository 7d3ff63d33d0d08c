"""Panels over epochs, one above the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dsrna.report import wording
from dsrna.report.palette import FAINT, MUTED
from dsrna.report.plot import Line, Plot, Size, draw_lines

FOOT: Final = 0.08
HEAD: Final = 0.92
"""Where a word stands, as a share of the panel's height."""


@dataclass(frozen=True)
class Panel:
    """A frame with its title and lines; ``shares`` are drawn from zero and written as percentages."""

    title: str
    lines: Sequence[Line]
    shares: bool = False


def stack(name: str, description: str, panels: Sequence[Panel], size: Size, warmup: int = 0) -> Plot:
    """Draw the panels that have something to show over the same epochs, the first ``warmup`` of them shaded."""
    shown = [panel for panel in panels if any(line.x for line in panel.lines)]

    def draw(figure: Figure) -> None:
        rows = figure.subplots(len(shown), sharex=True, squeeze=False)[:, 0]
        for panel, axes in zip(shown, rows, strict=True):
            _draw(axes, panel, warmup)
        _name_warmup(rows[0], shown[0], warmup)
        rows[-1].set_xlabel("epoch")

    return Plot(name, description, size, draw)


def _draw(axes: Axes, panel: Panel, warmup: int) -> None:
    axes.set_title(panel.title)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if panel.shares:
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))  # whole per cents
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_ylim(0, 1.08 * max(y for line in panel.lines for y in line.y) or 1.0)
    if warmup:
        axes.axvspan(0.5, warmup + 0.5, color=FAINT.light, alpha=0.45, linewidth=0)
    draw_lines(axes, [_with_tips(line, panel) for line in panel.lines])


def _with_tips(line: Line, panel: Panel) -> Line:
    shown = wording.percent if panel.shares else wording.figures
    said = [f"{line.name}: {shown(y)} in epoch {x:g}" for x, y in _points(line)]
    return replace(line, tips=said)


def _name_warmup(axes: Axes, panel: Panel, warmup: int) -> None:
    """Write it at the foot of the shade or at its head, wherever the lines are farther away."""
    if warmup:
        low, high = axes.get_ylim()
        heights = [(y - low) / (high - low) for line in panel.lines for x, y in _points(line) if x <= warmup]
        height = max(FOOT, HEAD, key=lambda place: min((abs(place - y) for y in heights), default=0.0))
        middle, transform = (warmup + 1) / 2, axes.get_xaxis_transform()
        axes.text(
            middle, height, "warm-up", transform=transform, color=MUTED.light, ha="center", va="center", fontsize=8
        )


def _points(line: Line) -> Iterator[tuple[float, float]]:
    return zip(line.x, line.y, strict=True)
