"""The ways to train, by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn

from dsrna.registry import Registry

if TYPE_CHECKING:
    from dsrna.training.settings import TrainingSettings


@dataclass(frozen=True)
class Moment:
    """What is different at every step: ``generator``, on the CPU, for everything random, and ``progress``, the share
    of the whole training that lies behind, from 0 to below 1. ``memory``: tensors that a training keeps from one step
    of an epoch for the next, by names of its own.
    """

    generator: torch.Generator
    progress: float
    memory: dict[str, Tensor] = field(default_factory=dict)


Training = Callable[[nn.Module, Tensor, Tensor, "TrainingSettings", Moment], tuple[Tensor, Tensor]]
"""``(model, x, y, settings, moment) -> (loss, logits)`` of one batch: images in [0, 1] and labels to the loss that
the step descends and to the logits ``(batch, classes)`` that the shown accuracy is counted on. The model comes in
training mode and goes back so; random numbers come from the moment's generator."""

TRAININGS: Final[Registry[Training]] = Registry("training")

ADVERSARIAL: Final[set[str]] = set()
"""The names of the adversarial trainings: those of networks that will be judged under attack."""


def training(name: str, *, summary: str, source: str, adversarial: bool = False) -> Callable[[Training], Training]:
    """Return a decorator that registers a training, and notes whether it is for networks judged under attack."""
    if adversarial:
        ADVERSARIAL.add(name)
    return TRAININGS.register(name, summary=summary, source=source)
