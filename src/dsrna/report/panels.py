"""Panels over epochs, one above the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dsrna.report import wording
from dsrna.report.palette import FAINT, MUTED
from dsrna.report.plot import Line, Plot, Size, draw_lines


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
        _name_warmup(rows[0], warmup)
        rows[-1].set_xlabel("epoch")

    return Plot(name, description, size, draw)


def _draw(axes: Axes, panel: Panel, warmup: int) -> None:
    axes.set_title(panel.title)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if panel.shares:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_ylim(0, 1.08 * max(y for line in panel.lines for y in line.y) or 1.0)
    if warmup:
        axes.axvspan(0.5, warmup + 0.5, color=FAINT.light, alpha=0.45, linewidth=0)
    draw_lines(axes, [_with_tips(line, panel) for line in panel.lines])


def _with_tips(line: Line, panel: Panel) -> Line:
    shown = wording.percent if panel.shares else wording.figures
    said = [f"{line.name}: {shown(y)} in epoch {x:g}" for x, y in zip(line.x, line.y, strict=True)]
    return replace(line, tips=said)


def _name_warmup(axes: Axes, warmup: int) -> None:
    if warmup:
        middle, transform = (warmup + 1) / 2, axes.get_xaxis_transform()
        axes.text(middle, 0.02, "warm-up", transform=transform, color=MUTED.light, ha="center", fontsize=8)
