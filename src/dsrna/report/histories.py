"""How search and training went, epoch by epoch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dsrna.report import wording
from dsrna.report.palette import BLUE, FAINT, GREEN, MUTED, PURPLE, RED, family
from dsrna.report.plot import WIDTH, Line, Look, Size, draw_lines, picture
from dsrna.search import SearchEpoch
from dsrna.training import TrainingEpoch

PANEL: Final = 1.6
"""Inches of height a panel."""
SMALL: Final = 3.4
"""Inches of width of a picture that shares its row with two others."""
ACCURACY: Final = "Accuracy"

Column = Sequence[float | None]
Panel = tuple[str, Sequence[Line]]

TRAINED: Final = Look(BLUE, "o")
HELD_OUT: Final = Look(RED, "s", "--")
ROBUST: Final = Look(GREEN, "D")
RATE: Final = Look(PURPLE, "^")


def search_curves(rows: Sequence[SearchEpoch]) -> Markup:
    """Loss, accuracy and robustness of the supernet."""
    panels = [
        ("Loss", [_line("training", rows, [row.loss for row in rows], TRAINED)]),
        (
            ACCURACY,
            [
                _line("training", rows, [row.accuracy for row in rows], TRAINED),
                _line("validation", rows, [row.validation_accuracy for row in rows], HELD_OUT),
            ],
        ),
        ("Robustness metric R (larger is more robust)", [_line("R", rows, [row.robustness for row in rows], ROBUST)]),
    ]
    return _stack(
        "search",
        "Loss, accuracy and robustness over the epochs of the search",
        panels,
        _warmup(rows),
        (WIDTH, 3 * PANEL),
    )


def training_curves(rows: Sequence[TrainingEpoch]) -> list[Markup]:
    """Loss, accuracies and learning rate of the final training, a small picture each."""
    panels = [
        ("Loss", [_line("training", rows, [row.loss for row in rows], TRAINED)]),
        (
            ACCURACY,
            [
                _line("training", rows, [row.accuracy for row in rows], TRAINED),
                _line("validation", rows, [row.validation_accuracy for row in rows], HELD_OUT),
                _line("robust", rows, [row.robust_accuracy for row in rows], ROBUST),
            ],
        ),
        ("Learning rate", [_line("rate", rows, [row.learning_rate for row in rows], RATE)]),
    ]
    return [
        _stack(f"training-{index}", f"{panel[0]} over the epochs of the training", [panel], 0, (SMALL, 2.2))
        for index, panel in enumerate(panels)
    ]


def share_curves(rows: Sequence[SearchEpoch]) -> Markup:
    """The mean softmax share of each operation; ``none`` is drawn heavy, for the search may drift to it unseen."""
    names = list(dict.fromkeys(name for row in rows for name in row.shares))
    lines = [
        _line(wording.operation(name), rows, [row.shares.get(name) for row in rows], look)
        for name, look in share_looks(names).items()
    ]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _frame(axes, "Mean softmax share of each operation", _warmup(rows))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_ylim(0, 1.1 * max(max(line.y) for line in lines))
        draw_lines(axes, lines)
        _name_warmup(axes, _warmup(rows))
        axes.set_xlabel("epoch")

    return picture("shares", "Softmax share of each operation over the epochs of the search", (WIDTH, 3 * PANEL), draw)


def share_looks(names: Iterable[str]) -> Mapping[str, Look]:
    """A colour a family; within it the first operation is solid with dots, the next dashed with squares."""
    looks: dict[str, Look] = {}
    for name in names:
        before = sum(look.colour == family(name) for look in looks.values())
        looks[name] = Look(family(name), "os^D"[before % 4], ("-", "--", "-.", ":")[before % 4], _width(name))
    return looks


def _width(name: str) -> float:
    return 3.2 if name == "none" else 1.8


def _line(name: str, rows: Sequence[SearchEpoch | TrainingEpoch], column: Column, look: Look) -> Line:
    points = [(float(row.epoch), value) for row, value in zip(rows, column, strict=True) if value is not None]
    return Line(name, [epoch for epoch, _ in points], [value for _, value in points], look)


def _warmup(rows: Sequence[SearchEpoch]) -> int:
    return sum(row.warmup for row in rows)


def _stack(name: str, description: str, panels: Sequence[Panel], warmup: int, size: Size) -> Markup:
    """Draw the panels that have something to show one above the other, over the same epochs."""
    shown = [(title, lines) for title, lines in panels if any(line.x for line in lines)]

    def draw(figure: Figure) -> None:
        rows = figure.subplots(len(shown), sharex=True, squeeze=False)
        for (title, lines), axes in zip(shown, rows[:, 0], strict=True):
            _frame(axes, title, warmup)
            draw_lines(axes, lines)
        _name_warmup(rows[0, 0], warmup)
        rows[-1, 0].set_xlabel("epoch")

    return picture(name, description, size, draw)


def _frame(axes: Axes, title: str, warmup: int) -> None:
    axes.set_title(title)
    if title == ACCURACY:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if warmup:
        axes.axvspan(0.5, warmup + 0.5, color=FAINT.light, alpha=0.45, linewidth=0)


def _name_warmup(axes: Axes, warmup: int) -> None:
    if warmup:
        middle, transform = (warmup + 1) / 2, axes.get_xaxis_transform()
        axes.text(middle, 0.02, "warm-up", transform=transform, color=MUTED.light, ha="center", fontsize=8)
