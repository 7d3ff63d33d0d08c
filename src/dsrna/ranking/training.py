"""A stated number of training steps, the same for every architecture."""

import math
from collections.abc import Iterator
from itertools import chain, count, repeat
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.data import Augmentation, Images, batches
from dsrna.runtime import seeds
from dsrna.training import TRAININGS, Moment, TrainingSettings
from dsrna.training.initialisation import initialise

SETTLING: Final = 8
"""Batches from which batch norms take their statistics at initialisation."""


def train_briefly(
    model: nn.Module, images: Images, settings: TrainingSettings, steps: int, *, augmentation: Augmentation, seed: int
) -> None:
    """Take so many SGD steps of the settings' training, the learning rate falling to 0 by a cosine.

    ``settings`` gives the method, the batch size, the optimizer and the adversary; its epochs do not count.
    """
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(
        parameters, lr=settings.learning_rate, momentum=settings.momentum, weight_decay=settings.weight_decay
    )
    if settings.initialises:
        initialise(model, seeds.generator(seed, "rank", "initialisation"))
    noise, memory = seeds.generator(seed, "rank", "noise"), dict[str, Tensor]()
    model.train()
    replayed = (repeat(batch, settings.replays) for batch in _endless(images, settings, augmentation, seed))
    for step, (x, y) in zip(range(steps), chain.from_iterable(replayed), strict=False):
        optimizer.param_groups[0]["lr"] = settings.learning_rate * (1 + math.cos(math.pi * step / steps)) / 2
        loss, _ = TRAININGS[settings.method](model, x, y, settings, Moment(noise, step / steps, memory))
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(parameters, settings.gradient_clip)
        optimizer.step()


@torch.no_grad()
def settle(model: nn.Module, images: Images, settings: TrainingSettings, *, seed: int) -> None:
    """Give the batch norms the mean statistics of a few training batches; the weights stay."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None
    model.train()
    for _, (x, _) in zip(range(SETTLING), _endless(images, settings, Augmentation(), seed), strict=False):
        model(x)
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum


def _endless(
    images: Images, settings: TrainingSettings, augmentation: Augmentation, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    size = settings.batch_size
    for turn in count():
        order = seeds.generator(seed, "rank", "batches", turn)
        yield from batches(images, size, generator=order, augmentation=augmentation, drop_last=len(images) > size)
