"""The ways to train, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn

from dsrna.registry import Registry

if TYPE_CHECKING:
    from dsrna.training.settings import TrainingSettings


@dataclass(frozen=True)
class Moment:
    """What is different at every step: ``generator``, on the CPU, for everything random, and ``progress``, the share
    of the whole training that lies behind, from 0 to below 1.
    """

    generator: torch.Generator
    progress: float


Training = Callable[[nn.Module, Tensor, Tensor, "TrainingSettings", Moment], tuple[Tensor, Tensor]]
"""``(model, x, y, settings, moment) -> (loss, logits)`` of one batch: images in [0, 1] and labels to the loss that
the step descends and to the logits ``(batch, classes)`` that the shown accuracy is counted on. The model comes in
training mode and goes back so; random numbers come from the moment's generator."""

TRAININGS: Final[Registry[Training]] = Registry("training")


def training(name: str, *, summary: str, source: str) -> Callable[[Training], Training]:
    """Return a decorator that registers a training."""
    return TRAININGS.register(name, summary=summary, source=source)
