"""Training from the first epoch, or from where it was stopped, to the last."""

import torch
from torch import nn

from dsrna.data import Augmentation, Images, halves
from dsrna.runtime import seeds
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.progress import Reporter
from dsrna.training.history import TrainingEpoch
from dsrna.training.initialisation import initialise
from dsrna.training.settings import TrainingSettings
from dsrna.training.state import resume, save
from dsrna.training.trainer import Trainer


def train(
    model: nn.Module,
    images: Images,
    settings: TrainingSettings,
    *,
    augmentation: Augmentation,
    seed: int,
    checkpoints: Checkpoints,
    reporter: Reporter,
    device: torch.device,
) -> tuple[TrainingEpoch, ...]:
    """Train the model in place, on ``device``, and return the history.

    A checkpoint is written after each epoch, and the latest one found is where training goes on: on a CPU the
    weights are then, bit for bit, those of a training never stopped. A loss that is not finite, and checkpoints
    of another training, raise ``UserError``.
    """
    learned, held_out = _split(images, settings.holdout, seed)
    trainer = Trainer(model, learned, held_out, settings, augmentation, seed, device)
    resume(trainer, checkpoints)
    done = len(trainer.history)
    if settings.initialises and not done:
        initialise(model, seeds.generator(seed, "initialisation"))
    with reporter.stage("train", total=settings.epochs, unit="epochs", done=done) as stage:
        for _ in range(done, settings.epochs):
            row = trainer.epoch()
            save(trainer, checkpoints)
            stage.step(1, **_shown(row))
    return tuple(trainer.history)


def _split(images: Images, holdout: float, seed: int) -> tuple[Images, Images | None]:
    return halves(images, holdout, seeds.generator(seed, "holdout")) if holdout else (images, None)


def _shown(row: TrainingEpoch) -> dict[str, float]:
    """Return the numbers worth showing; of the two accuracies the one on images not trained on, where there is one."""
    accuracy = row.accuracy if row.validation_accuracy is None else row.validation_accuracy
    robustness = {} if row.robust_accuracy is None else {"robustness": row.robust_accuracy}
    return {"loss": row.loss, "accuracy": accuracy, **robustness}
