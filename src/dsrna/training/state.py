"""A training as a checkpoint, and back."""

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import (
    Checkpoints,
    optimizer_tensors,
    restore_optimizer,
    with_prefix,
    without_prefix,
)
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.training.history import TrainingEpoch
from dsrna.training.trainer import Trainer


def save(trainer: Trainer, checkpoints: Checkpoints) -> None:
    """Write what the next epoch depends on. Random states are no part of it: each epoch derives its own."""
    tensors = {
        **with_prefix("model", trainer.model.state_dict()),
        **optimizer_tensors(trainer.optimizer, "optimizer"),
    }
    history = [to_plain(row) for row in trainer.history]
    checkpoints.save(len(history), tensors, {"history": history, **_identity(trainer)})


def resume(trainer: Trainer, checkpoints: Checkpoints) -> None:
    """Put the latest checkpoint back, if there is one; that of another training raises ``UserError``."""
    checkpoint = checkpoints.latest()
    if checkpoint is None:
        return
    expected = _identity(trainer)
    if {name: checkpoint.state.get(name) for name in expected} != expected:
        raise UserError(f"{checkpoints.folder} holds a training with other settings; give another folder or remove it")
    try:
        trainer.model.load_state_dict(without_prefix("model", checkpoint.tensors))
    except RuntimeError as error:
        raise UserError(f"{checkpoints.folder} holds a training of another network; remove it") from error
    restore_optimizer(trainer.optimizer, "optimizer", checkpoint.tensors)
    trainer.history = [from_plain(TrainingEpoch, row, where="checkpoint") for row in checkpoint.state["history"]]


def _identity(trainer: Trainer) -> dict[str, object]:
    augmentation = to_plain(trainer.augmentation)
    return {"settings": to_plain(trainer.settings), "augmentation": augmentation, "seed": trainer.seed}
