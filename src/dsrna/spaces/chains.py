"""Chains of depthwise separable convolutions, stacked over all edges that leave a node."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.runtime.depthwise import depthwise
from dsrna.runtime.pointwise import pointwise
from dsrna.spaces.families import Family, Stack, WeightedNorm, Weights
from dsrna.spaces.shapes import Features


class Kernels(nn.Module):
    """Depthwise kernels of all edges and candidates, as one tensor: the smaller ones have a border that is masked."""

    mask: Tensor | None

    def __init__(self, sizes: Sequence[int], stack: Stack) -> None:
        super().__init__()
        self.sizes, self.largest = tuple(sizes), max(sizes)
        edges, channels = stack.edges, stack.channels
        rows = torch.zeros(edges, len(sizes), channels, 1, self.largest, self.largest)
        mask = torch.zeros(len(sizes), 1, 1, self.largest, self.largest)
        for member, size in enumerate(sizes):
            drawn = nn.Conv2d(channels, edges * channels, size, groups=channels).weight.detach()
            rows[(slice(None), member, ..., *self.inside(size))] = drawn.reshape(edges, channels, 1, size, size)
            mask[(member, ..., *self.inside(size))] = 1
        self.weight = nn.Parameter(rows)
        self.register_buffer("mask", None if mask.all() else mask, persistent=False)

    def inside(self, size: int) -> tuple[slice, slice]:
        """Where in the largest kernel one of ``size`` stands."""
        border = (self.largest - size) // 2
        return (slice(border, border + size),) * 2

    def forward(self) -> Float[Tensor, "rows 1 k k"]:
        return (self.weight if self.mask is None else self.weight * self.mask).flatten(0, 2)


class Chains(Family):
    """Candidates of as many blocks, equal but for the size of their kernels: ReLU, depthwise, pointwise, batch norm.

    ``members``: the depthwise convolutions of one edge's candidates.
    """

    def __init__(self, members: Sequence[Sequence[nn.Conv2d]], stack: Stack) -> None:
        super().__init__(stack)
        rows, channels = stack.candidates * stack.channels, stack.channels
        blocks = list(zip(*members, strict=True))
        self.steps = [(one[0].stride[0], one[0].dilation[0]) for one in blocks]
        self.depthwise = nn.ModuleList(Kernels([one.kernel_size[0] for one in block], stack) for block in blocks)
        self.pointwise = nn.ModuleList(nn.Conv2d(rows, rows, 1, groups=stack.candidates, bias=False) for _ in blocks)
        self.norms = nn.ModuleList(nn.BatchNorm2d(rows, affine=False) for _ in blocks[1:])
        self.last = WeightedNorm(stack.candidates, channels)

    def forward(self, x: Features, rectified: Features, weights: Weights) -> Features:  # noqa: ARG002
        for block, norm in enumerate(self.norms):
            rectified = F.relu(norm(self._convolved(rectified, block)))
        return self.total(self.last(self._convolved(rectified, len(self.norms)), weights))

    def _convolved(self, x: Tensor, block: int) -> Tensor:
        (stride, dilation), mixed = self.steps[block], self.pointwise[block]
        spread = depthwise(x, self.depthwise[block](), stride, dilation)
        assert isinstance(mixed, nn.Conv2d)
        return pointwise(spread, mixed.weight, mixed.groups)
