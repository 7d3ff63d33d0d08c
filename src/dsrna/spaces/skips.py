"""Skip-connections whose features are dropped while a supernet is trained."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from dsrna.spaces.shapes import Features


class SkipDropout(nn.Identity):
    """Identity; in training mode each feature is 0 with probability ``rate``, the others are scaled to the same mean.

    What is dropped follows from ``seed`` alone: every pass of one step drops the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rate = 0.0
        self.seed = 0

    def forward(self, x: Features) -> Features:
        if not self.training or self.rate == 0:
            return x
        draw = torch.Generator(device=x.device).manual_seed(self.seed)
        return x * torch.empty_like(x).bernoulli_(1 - self.rate, generator=draw) / (1 - self.rate)


@contextmanager
def dropping_skips(model: nn.Module, rate: float, generator: torch.Generator) -> Iterator[None]:
    """Drop features of the model's skip-connections at ``rate``, from 0 up to 1; at 0 nothing is drawn."""
    layers = [module for module in model.modules() if isinstance(module, SkipDropout)] if rate > 0 else []
    for layer in layers:
        layer.rate, layer.seed = rate, int(torch.randint(2**62, (), generator=generator))
    try:
        yield
    finally:
        for layer in layers:
            layer.rate = 0.0
