"""The mixed operation: all candidates of an edge at once, weighted by the softmax of its architecture parameters."""

from functools import reduce

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.spaces.operations import OPERATIONS, Zero
from dsrna.spaces.shapes import Features


class MixedOperation(nn.Module):
    """``sum_o weight_o * o(x)`` over the candidates (Liu et al. 2019, Eq. 2).

    With ``partial_channels`` k > 1 only the first of every k channels pass through the candidates, the others go
    around them, and the channels are shuffled (Xu et al. 2020, Eq. 1).
    """

    def __init__(self, operations: tuple[str, ...], channels: int, stride: int, partial_channels: int) -> None:
        super().__init__()
        self.partial_channels = partial_channels
        self.mixed_channels = channels // partial_channels
        self.candidates = nn.ModuleList(_candidate(name, self.mixed_channels, stride) for name in operations)
        self.around = nn.Identity() if stride == 1 else nn.MaxPool2d(2, 2, ceil_mode=True)

    def forward(self, x: Features, weights: Float[Tensor, " operations"]) -> Features:
        if self.partial_channels == 1:
            return self._mix(x, weights)
        mixed = self._mix(x[:, : self.mixed_channels], weights)
        return shuffle(torch.cat([mixed, self.around(x[:, self.mixed_channels :])], dim=1), self.partial_channels)

    def _mix(self, x: Tensor, weights: Tensor) -> Tensor:
        """Add up the candidates; ``none`` adds nothing, its share only takes from the others'."""
        terms: list[Tensor] = [
            weight * candidate(x)
            for weight, candidate in zip(weights.unbind(), self.candidates, strict=True)
            if not isinstance(candidate, Zero)
        ]
        return reduce(torch.add, terms)


def shuffle(x: Features, groups: int) -> Features:
    """Interleave ``groups`` groups of channels, so that the next edge mixes others."""
    batch, channels, height, width = x.shape
    return x.reshape(batch, groups, channels // groups, height, width).transpose(1, 2).reshape(x.shape)


def _candidate(name: str, channels: int, stride: int) -> nn.Module:
    """Pooling gets a batch norm in the supernet, so that no candidate wins by its scale (Liu et al. 2019)."""
    operation = OPERATIONS[name](channels, stride, False)
    if isinstance(operation, nn.MaxPool2d | nn.AvgPool2d):
        return nn.Sequential(operation, nn.BatchNorm2d(channels, affine=False))
    return operation
