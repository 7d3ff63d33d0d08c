"""What training shows, epoch by epoch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """What the guard of ``fast`` saw after an epoch: accuracies under several steps and under one, on the same images.

    ``overfitted``: the epoch was taken back, and those after it were trained by ``pgd``.
    """

    pgd: float
    one_step: float
    overfitted: bool


@dataclass(frozen=True)
class TrainingEpoch:
    """One row of ``history.jsonl``. ``epoch`` counts from 1.

    ``loss`` and ``accuracy`` are means over the epoch's batches as they were trained on: augmented, and attacked in
    adversarial training. ``validation_accuracy`` and ``robust_accuracy`` (under the settings' adversary) are on
    held-out images, None where there are none. ``guard``: of epochs that were trained by ``fast``.
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_accuracy: float | None
    robust_accuracy: float | None
    learning_rate: float
    seconds: float
    guard: Guard | None = None
