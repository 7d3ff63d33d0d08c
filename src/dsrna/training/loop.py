"""Training from the first epoch, or from where it was stopped, to the last."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.data import Augmentation, Images, halves
from dsrna.runtime import seeds
from dsrna.runtime.checkpoint import Checkpoints, without_prefix
from dsrna.runtime.memory import advising
from dsrna.runtime.processes import ALONE, Processes
from dsrna.runtime.progress import Reporter
from dsrna.runtime.stopping import until_saved
from dsrna.training.history import TrainingEpoch
from dsrna.training.initialisation import initialise
from dsrna.training.settings import TrainingSettings
from dsrna.training.sharing import check_shared
from dsrna.training.state import resume, save
from dsrna.training.trainer import Trainer

LACK: Final = "raise training.accumulate (now {}), so that a batch is taken in more parts, or lower training.batch_size"


@dataclass(frozen=True)
class Trained:
    """How a training went, and which weights it left.

    ``epoch``, counted from 1: whose weights the model holds, and is to be judged by. ``others``: the tensors of the
    epoch that was not chosen, under its name, ``best`` or ``last``; empty where best and last are one.
    """

    history: tuple[TrainingEpoch, ...]
    epoch: int
    others: dict[str, dict[str, Tensor]]


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
    processes: Processes = ALONE,
    noted: Callable[[Sequence[TrainingEpoch]], None] = lambda _: None,
) -> Trained:
    """Train the model in place, on ``device``; return the history, and whose epoch's weights it ends with.

    A checkpoint is written after each epoch, and within long ones; the latest one found is where training goes on: on
    a CPU the weights are then, bit for bit, those of a training never stopped. A signal to stop is obeyed after the
    step, or epoch, that it came in, when that is saved. A loss that is not finite, and
    checkpoints of another training, raise ``UserError``.

    ``noted`` is told all epochs so far after each one, and at once where a training goes on.

    Of several ``processes`` each calls this with equal arguments, and takes its part of every batch; checkpoints are
    those of the first. A batch that they cannot share equally, and certified training, are a ``UserError``; so are more
    parts of a batch than a process has images of it.
    """
    learned, held_out = _split(images, settings.holdout, seed)
    check_shared(settings, processes, len(learned))
    trainer = Trainer(model, learned, held_out, settings, augmentation, seed, device, processes)
    resume(trainer, checkpoints)
    done = len(trainer.history)
    noted(trainer.history)
    _say_unchosen(settings, reporter)
    if settings.initialises and not done:
        initialise(model, seeds.generator(seed, "initialisation"))
    with reporter.stage("train", total=settings.epochs, unit="epochs", done=done) as stage:
        for _ in range(done, settings.epochs):
            with until_saved(), advising(LACK.format(settings.accumulate)):
                row = trainer.epoch(lambda: save(trainer, checkpoints))
                save(trainer, checkpoints)
            noted(trainer.history)
            stage.step(1, **_shown(row))
            _warn(trainer, row, reporter)
    return _concluded(trainer)


def _split(images: Images, holdout: float, seed: int) -> tuple[Images, Images | None]:
    return halves(images, holdout, seeds.generator(seed, "holdout")) if holdout else (images, None)


def _say_unchosen(settings: TrainingSettings, reporter: Reporter) -> None:
    """Robust accuracy often falls again before the end (Rice et al. 2020, arXiv 2002.11569)."""
    if settings.adversarial and not settings.holdout:
        reporter.say(
            "train: no images are held out, so this adversarial training ends with its last epoch, which is often less "
            "robust than an earlier one; training.holdout 0.02 finds and keeps the best"
        )


def _warn(trainer: Trainer, row: TrainingEpoch, reporter: Reporter) -> None:
    if row.guard is not None and row.guard.overfitted and trainer.best is not None:
        reporter.say(
            f"train, epoch {row.epoch}: catastrophic overfitting, accuracy {row.guard.one_step:.3f} under one step and "
            f"{row.guard.pgd:.3f} under {trainer.settings.steps}; back to epoch {trainer.best.epoch}, and on by pgd"
        )


def _concluded(trainer: Trainer) -> Trained:
    """Give the model the weights that are evaluated, and tell which they are."""
    best, standing = trainer.best, _standing(trainer)
    weights = {"last": {name: tensor.clone() for name, tensor in trainer.evaluated.state_dict().items()}}
    if best is not None and best.epoch != standing and trainer.held_out is not None:
        weights["best"] = without_prefix("model" if trainer.average is None else "average", best.networks)
    chosen = "best" if trainer.settings.selects and "best" in weights else "last"
    trainer.model.load_state_dict(weights.pop(chosen))
    epoch = best.epoch if best is not None and chosen == "best" else standing
    return Trained(tuple(trainer.history), epoch, weights)


def _standing(trainer: Trainer) -> int:
    """Return whose epoch's weights the last epoch left: where the guard took it back, those of the best before."""
    last, best = trainer.history[-1], trainer.best
    taken_back = last.guard is not None and last.guard.overfitted
    return best.epoch if taken_back and best is not None else last.epoch


def _shown(row: TrainingEpoch) -> dict[str, float]:
    """Return the numbers worth showing; of the two accuracies the one on images not trained on, where there is one."""
    accuracy = row.accuracy if row.validation_accuracy is None else row.validation_accuracy
    robustness = {} if row.robust_accuracy is None else {"robustness": row.robust_accuracy}
    return {"loss": row.loss, "accuracy": accuracy, **robustness}
