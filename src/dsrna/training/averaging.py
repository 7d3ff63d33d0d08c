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
        self.model = deepcopy(model).requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after ``step``, from 1: d_t of docs/explanation/training.md."""
        share = 1 - min(self.decay, step / (step + 9))
        for mean, weight in zip(self.model.parameters(), model.parameters(), strict=True):
            mean.lerp_(weight, share)


@contextmanager
def settling(model: nn.Module, trained: nn.Module) -> Iterator[None]:
    """Let batch norms take for their own the mean statistics of what the network is shown, in training mode.

    Until it is shown something they are those of ``trained``, a network like it: an adversary comes before the first
    statistics, and looks in eval mode.
    """
    norms = _norms(model)
    before = [norm.momentum for norm in norms]
    for norm, of_trained in zip(norms, _norms(trained), strict=True):
        _count_from_nothing(norm, of_trained)
    model.train()
    yield
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum


def _norms(model: nn.Module) -> list[_BatchNorm]:
    return [module for module in model.modules() if isinstance(module, _BatchNorm)]


def _count_from_nothing(norm: _BatchNorm, like: _BatchNorm) -> None:
    """Take the other's statistics; as they count for no batch, the first that is seen replaces them."""
    norm.load_state_dict({**norm.state_dict(), **dict(like.named_buffers())})
    if norm.num_batches_tracked is not None:
        norm.num_batches_tracked.zero_()
    norm.momentum = None
