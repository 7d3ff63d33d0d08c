"""The ways to train, by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn

from dsrna.registry import Registry

if TYPE_CHECKING:
    from dsrna.training.settings import TrainingSettings

Training = Callable[[nn.Module, Tensor, Tensor, "TrainingSettings", torch.Generator], tuple[Tensor, Tensor]]
"""``(model, x, y, settings, generator) -> (loss, logits)`` of one batch: images in [0, 1] and labels to the loss that
the step descends and to the logits ``(batch, classes)`` that the shown accuracy is counted on. The model comes in
training mode and goes back so; random numbers come from the generator, which is on the CPU."""

TRAININGS: Final[Registry[Training]] = Registry("training")


def training(name: str, *, summary: str, source: str) -> Callable[[Training], Training]:
    """Return a decorator that registers a training."""
    return TRAININGS.register(name, summary=summary, source=source)
