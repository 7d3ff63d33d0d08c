"""Training and evaluation mode, taken and handed back."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


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
