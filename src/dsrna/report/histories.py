"""How search and training went, epoch by epoch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

from dsrna.report import wording
from dsrna.report.palette import BLUE, GREEN, PURPLE, RED, family
from dsrna.report.panels import Panel, stack
from dsrna.report.plot import WIDTH, Line, Look, Plot, Size
from dsrna.search import ArchitectureStep, SearchEpoch
from dsrna.training import TrainingEpoch

LARGE: Final[Size] = (WIDTH, 4.8)
SMALL: Final[Size] = (3.4, 2.2)
"""For a picture that shares its row with two others."""

TRAINED: Final = Look(BLUE, "o")
HELD_OUT: Final = Look(RED, "s", "--")
ROBUST: Final = Look(GREEN, "D")
RATE: Final = Look(PURPLE, "^")


def search_curves(rows: Sequence[SearchEpoch]) -> Plot:
    """Loss, accuracy and robustness of the supernet."""
    accuracies = [
        _line("training", rows, [row.accuracy for row in rows], TRAINED),
        _line("validation", rows, [row.validation_accuracy for row in rows], HELD_OUT),
    ]
    panels = [
        Panel("Loss", [_line("training", rows, [row.loss for row in rows], TRAINED)]),
        Panel("Accuracy", accuracies, shares=True),
        Panel("Robustness R (larger is better)", [_line("R", rows, [row.robustness for row in rows], ROBUST)]),
    ]
    description = "Loss, accuracy and robustness over the epochs of the search"
    return stack("search", description, panels, LARGE, _warmup(rows))


def share_curves(rows: Sequence[SearchEpoch]) -> Plot | None:
    """The mean softmax share of each operation; ``none`` is drawn heavy, for the search may drift to it unseen."""
    names = dict.fromkeys(name for row in rows for name in row.shares)
    if not names:
        return None
    lines = [
        _line(wording.operation(name), rows, [row.shares.get(name) for row in rows], look)
        for name, look in share_looks(names).items()
    ]
    panel = Panel("Mean softmax share of each operation", lines, shares=True)
    description = "Softmax share of each operation over the epochs of the search"
    return stack("shares", description, [panel], LARGE, _warmup(rows))


def gradient_curves(rows: Sequence[SearchEpoch]) -> Plot | None:
    """How the metric pulls at the architecture beside the loss; None for a search that was not asked for a metric."""
    steps = [row.architecture for row in rows]
    if not any(step is not None and step.metric_gradient is not None for step in steps):
        return None
    norms = [
        _line("loss", rows, [None if step is None else step.loss_gradient for step in steps], TRAINED),
        _line("metric, weighted", rows, [None if step is None else weighted(step) for step in steps], ROBUST),
    ]
    angles = [
        _line("loss", rows, [None if step is None else step.cosine for step in steps], TRAINED),
        _line("scale", rows, [None if step is None else step.scale_cosine for step in steps], RATE),
    ]
    panels = [Panel("Norm of the gradient in alpha", norms), Panel("Cosine of the metric's gradient with", angles)]
    description = "Gradients of loss and metric in the architecture parameters over the epochs of the search"
    return stack("gradients", description, panels, LARGE)


def size_curves(rows: Sequence[SearchEpoch]) -> Plot | None:
    """The expected counts of the final network, and the multipliers that hold them; None where nothing was counted."""
    if not any(row.sizes for row in rows):
        return None
    panels = [Panel(f"Expected {name}", [_line(name, rows, column, TRAINED)]) for name, column in _expected(rows)]
    pulls = [
        _line(name, rows, [row.sizes[name].multiplier if name in row.sizes else None for row in rows], look)
        for name, look in (("parameters", ROBUST), ("multiply-adds", RATE))
    ]
    description = "Expected size of the final network over the epochs of the search"
    return stack("sizes", description, [*panels, Panel("Multiplier", pulls)], LARGE, _warmup(rows))


def stability_curves(rows: Sequence[SearchEpoch]) -> Plot | None:
    """The dominant eigenvalue and the discretisation gap; None where neither was measured."""
    eigenvalues, gaps = [row.eigenvalue for row in rows], [row.gap for row in rows]
    if not any(value is not None for value in (*eigenvalues, *gaps)):
        return None
    panels = [
        Panel("Dominant eigenvalue", [_line("eigenvalue", rows, eigenvalues, RATE)]),
        Panel("Discretisation gap", [_line("gap", rows, gaps, HELD_OUT)]),
    ]
    return stack("stability", "Stability over the epochs of the search", panels, LARGE, _warmup(rows))


def _expected(rows: Sequence[SearchEpoch]) -> Iterator[tuple[str, list[float | None]]]:
    for name in dict.fromkeys(name for row in rows for name in row.sizes):
        yield name, [row.sizes[name].expected if name in row.sizes else None for row in rows]


def weighted(step: ArchitectureStep) -> float | None:
    """The norm of the metric's gradient as it enters the step."""
    if step.weight is None or step.metric_gradient is None:
        return None
    return step.weight * step.metric_gradient


def training_curves(rows: Sequence[TrainingEpoch]) -> list[Plot]:
    """Loss, accuracies and learning rate of the final training, a small picture each; none before its first epoch."""
    if not rows:
        return []
    accuracies = [
        _line("training", rows, [row.accuracy for row in rows], TRAINED),
        _line("validation", rows, [row.validation_accuracy for row in rows], HELD_OUT),
        _line("robust", rows, [row.robust_accuracy for row in rows], ROBUST),
    ]
    panels = {
        "loss": Panel("Loss", [_line("training", rows, [row.loss for row in rows], TRAINED)]),
        "accuracy": Panel("Accuracy", accuracies, shares=True),
        "rate": Panel("Learning rate", [_line("rate", rows, [row.learning_rate for row in rows], RATE)]),
    }
    return [
        stack(f"training-{name}", f"{panel.title} over the epochs of the training", [panel], SMALL)
        for name, panel in panels.items()
    ]


def share_looks(names: Iterable[str]) -> Mapping[str, Look]:
    """A colour a family; within it the first operation is solid with dots, the next dashed with squares."""
    looks: dict[str, Look] = {}
    for name in names:
        before = sum(look.colour == family(name) for look in looks.values())
        marker, dash = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"))[before % 4]
        looks[name] = Look(family(name), marker, dash, 3.2 if name == "none" else 1.8)
    return looks


def _line(name: str, rows: Sequence[SearchEpoch | TrainingEpoch], column: Sequence[float | None], look: Look) -> Line:
    """The line through those epochs that have a value."""
    points = [(float(row.epoch), value) for row, value in zip(rows, column, strict=True) if value is not None]
    return Line(name, [epoch for epoch, _ in points], [value for _, value in points], look)


def _warmup(rows: Sequence[SearchEpoch]) -> int:
    """The epochs of the warm-up that the search begins with."""
    return sum(1 for _ in takewhile(lambda row: row.warmup, rows))
