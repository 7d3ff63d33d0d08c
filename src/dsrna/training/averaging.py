"""A network of averaged weights, beside the one that is trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


class Average:
    """A copy of a network whose weights are the exponential moving average of that network's."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = deepcopy(model)
        self.decay = decay

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after ``step``, from 1: d_t of docs/explanation/training.md."""
        share = 1 - min(self.decay, step / (step + 9))
        for mean, weight in zip(self.model.parameters(), model.parameters(), strict=True):
            mean.lerp_(weight, share)


@contextmanager
def settling(model: nn.Module) -> Iterator[None]:
    """Let batch norms take for their own the mean statistics of what the network is shown, in training mode."""
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    with torch.no_grad():
        yield
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum
