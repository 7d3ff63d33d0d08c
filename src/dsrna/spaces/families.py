"""The candidates of all edges that leave one node, in families that are computed together.

Rows of every stacked tensor stand in the order edge, candidate, channel.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.spaces.shapes import Features

Weights = Float[Tensor, "edges _"]
"""Mixing weights: a row an edge, a column a candidate."""


@dataclass(frozen=True)
class Stack:
    """What is stacked: the operations in ``columns``, for so many edges, of so many channels each."""

    columns: tuple[int, ...]
    edges: int
    channels: int

    @property
    def members(self) -> int:
        return len(self.columns)

    @property
    def candidates(self) -> int:
        return self.edges * self.members


class Family(nn.Module, ABC):
    """Candidates of one build on every edge that leaves a node."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.stack = stack

    @abstractmethod
    def forward(self, x: Features, rectified: Features, weights: Weights) -> Features:
        """Return the weighted sum of the family's candidates for each edge, the edges side by side as channels.

        ``rectified`` is the ReLU of ``x``, computed once for all.
        """

    def total(self, each: Tensor) -> Tensor:
        """Add up the candidates of each edge."""
        stack = self.stack
        if stack.members == 1:
            return each
        return each.reshape(len(each), stack.edges, stack.members, stack.channels, *each.shape[2:]).sum(2).flatten(1, 2)


class WeightedNorm(nn.BatchNorm2d):
    """Batch norm of stacked candidates, each multiplied by its weight: the norm's own scale, at no cost."""

    def __init__(self, weights: int, channels: int) -> None:
        super().__init__(weights * channels, affine=False)
        self.channels = channels

    def forward(self, x: Features, weights: Weights) -> Features:  # type: ignore[override]  # a norm with a scale
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        mean, variance = self.running_mean, self.running_var
        # A copy: of images of one pixel torch's backward pass reads past the end of an expanded view.
        scale = weights.flatten().repeat_interleave(self.channels)
        return F.batch_norm(x, mean, variance, scale, None, self.training, self.momentum or 0.0, self.eps)


def combine(terms: Sequence[Features], weights: Float[Tensor, "sums terms"]) -> Features:
    """Return weighted sums of tensors of one shape, the sums side by side as channels."""
    total: Tensor | None = None
    for column, term in enumerate(terms):
        part = term[:, None] * weights[:, column].reshape(-1, 1, 1, 1)
        total = part if total is None else total + part
    assert total is not None
    return total.flatten(1, 2)


class ParameterFree(Family):
    """Pooling with its batch norm, and identity: the same for every edge, so computed once and combined."""

    def __init__(self, modules: Sequence[nn.Module], stack: Stack) -> None:
        super().__init__(stack)
        self.candidates = nn.ModuleList(modules)

    def forward(self, x: Features, rectified: Features, weights: Weights) -> Features:  # noqa: ARG002
        return combine([candidate(x) for candidate in self.candidates], weights)


class Reductions(Family):
    """Factorized reductions: every edge's two convolutions of one source are two convolutions."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        count, channels, half = stack.candidates, stack.channels, stack.channels // 2
        self.even = nn.Conv2d(channels, count * half, 1, stride=2, bias=False)
        self.odd = nn.Conv2d(channels, count * (channels - half), 1, stride=2, bias=False)
        self.norm = WeightedNorm(count, channels)

    def forward(self, x: Features, rectified: Features, weights: Weights) -> Features:  # noqa: ARG002
        shifted = F.pad(rectified, (0, 1, 0, 1))[:, :, 1:, 1:]
        halves = [self._apart(self.even(rectified)), self._apart(self.odd(shifted))]
        return self.total(self.norm(torch.cat(halves, dim=2).flatten(1, 2), weights))

    def _apart(self, stacked: Tensor) -> Tensor:
        return stacked.reshape(len(stacked), self.stack.candidates, -1, *stacked.shape[2:])


class Separate(Family):
    """Candidates that nothing is known of, an edge at a time."""

    def __init__(self, modules: Sequence[nn.Module], stack: Stack) -> None:
        super().__init__(stack)
        self.candidates = nn.ModuleList(modules)

    def forward(self, x: Features, rectified: Features, weights: Weights) -> Features:  # noqa: ARG002
        outs = [
            weight * candidate(x) for weight, candidate in zip(weights.flatten().unbind(), self.candidates, strict=True)
        ]
        return self.total(torch.cat(outs, dim=1))
