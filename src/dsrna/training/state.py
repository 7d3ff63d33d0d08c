"""A training as a checkpoint, and back."""

from torch import Tensor

from dsrna.errors import UserError
from dsrna.runtime.begun import check_numbered
from dsrna.runtime.checkpoint import (
    Checkpoint,
    Checkpoints,
    known_to_all,
    optimizer_tensors,
    restore_optimizer,
    with_prefix,
    without_prefix,
)
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.training.history import TrainingEpoch
from dsrna.training.selection import Best
from dsrna.training.trainer import Trainer
from dsrna.training.underway import UnderWay


def save(trainer: Trainer, checkpoints: Checkpoints) -> None:
    """Write what the next epoch, or the rest of this one, depends on.

    Between two epochs random states are no part of it: each epoch derives its own.
    """
    best, under_way = trainer.best, trainer.under_way
    tensors = {
        **trainer.networks(),
        **optimizer_tensors(trainer.optimizer, "optimizer"),
        **with_prefix("best", {} if best is None else best.networks),
        **with_prefix("epoch", {} if under_way is None else under_way.tensors()),
    }
    state = {
        "history": [to_plain(row) for row in trainer.history],
        "best": None if best is None else [best.epoch, best.score],
        "under_way": None if under_way is None else under_way.plain(),
        **_identity(trainer),
    }
    batches = 0 if under_way is None else under_way.batches
    checkpoints.save(len(trainer.history) * trainer.passes.count + batches, tensors, state)


def resume(trainer: Trainer, checkpoints: Checkpoints) -> None:
    """Put the latest checkpoint back, if there is one; that of another training raises ``UserError``.

    Of several processes all take the first one's. One from within an epoch belongs to a process alone; to several it is
    a ``UserError``.
    """
    checkpoint = known_to_all(checkpoints.latest(), trainer.processes)
    if checkpoint is None:
        return
    expected = _identity(trainer)
    if {name: checkpoint.state.get(name) for name in expected} != expected:
        raise UserError(f"{checkpoints.folder} holds a training with other settings; give another folder or remove it")
    if checkpoint.state.get("under_way") is not None and trainer.processes.size > 1:
        raise UserError(
            f"{checkpoints.folder} holds an epoch that one process has begun; train with one process until it has "
            "ended, or remove the folder"
        )
    try:
        trainer.restore(checkpoint.tensors)
        restore_optimizer(trainer.optimizer, "optimizer", checkpoint.tensors)
        history = from_plain(tuple[TrainingEpoch, ...], checkpoint.state["history"], where="history")
        check_numbered([row.epoch for row in history], trainer.settings.epochs)
        _resume_parts(trainer, checkpoint)
    except UserError as error:
        text = f"{checkpoints.folder} holds a checkpoint that no training has written ({error}); remove it"
        raise UserError(text) from error
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise UserError(f"{checkpoints.folder} holds a training of another network, or version; remove it") from error
    trainer.history = list(history)


def _resume_parts(trainer: Trainer, checkpoint: Checkpoint) -> None:
    best, under_way = checkpoint.state["best"], checkpoint.state["under_way"]
    if best is not None:
        epoch, score = from_plain(tuple[int, float], best, where="best")
        trainer.best = Best(epoch, score, _on(trainer, without_prefix("best", checkpoint.tensors)))
    if under_way is not None:
        tensors = without_prefix("epoch", checkpoint.tensors)
        trainer.under_way = UnderWay.of(tensors, under_way, trainer.settings.accumulate, trainer.device)


def _on(trainer: Trainer, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.to(trainer.device) for name, tensor in tensors.items()}


def _identity(trainer: Trainer) -> dict[str, object]:
    settings = to_plain(trainer.settings)
    del settings["checkpoint_minutes"]  # how often it is saved changes nothing of the weights
    return {"settings": settings, "augmentation": to_plain(trainer.augmentation), "seed": trainer.seed}
