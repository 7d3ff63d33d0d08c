"""Training and evaluation mode, taken and handed back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every submodule into eval mode; afterwards hand each back in the mode it came in, error or not."""
    switched = [module for module in model.modules() if module.training]
    if switched:
        model.eval()
    try:
        yield
    finally:
        for module in switched:
            module.training = True


@contextmanager
def frozen_statistics(model: nn.Module) -> Iterator[None]:
    """Let batch norm use the batch's statistics without adding them to its running ones.

    The running statistics then follow the training half only, and an architecture step leaves no trace in them.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum


@contextmanager
def fixed(tensors: Sequence[Tensor]) -> Iterator[None]:
    """Let no gradient flow into leaves: what would be kept for theirs alone is neither computed nor kept."""
    moving = [tensor for tensor in tensors if tensor.requires_grad]
    for tensor in moving:
        tensor.requires_grad = False
    try:
        yield
    finally:
        for tensor in moving:
            tensor.requires_grad = True
