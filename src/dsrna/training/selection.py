"""Which epoch's weights are kept beside the last."""

from dataclasses import dataclass

from torch import Tensor

from dsrna.training.history import TrainingEpoch
from dsrna.training.settings import TrainingSettings


@dataclass(frozen=True)
class Best:
    """The epoch, counted from 1, with the highest score so far, and its networks' tensors by name."""

    epoch: int
    score: float
    networks: dict[str, Tensor]


def score(row: TrainingEpoch, settings: TrainingSettings) -> float | None:
    """Return by what an epoch is compared with others; None where nothing was seen that it could be compared by.

    Without held-out images the guard of ``fast`` still compares, by images trained on, to know where to go back to.
    """
    if settings.method == "certified":
        return None
    if not settings.adversarial:
        return row.validation_accuracy
    return row.guard.pgd if row.robust_accuracy is None and row.guard is not None else row.robust_accuracy
