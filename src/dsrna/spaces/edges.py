"""All mixed operations that leave one node, computed together."""

from collections.abc import Hashable, Iterator
from functools import reduce
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.spaces.chains import Chains
from dsrna.spaces.families import Family, ParameterFree, Reductions, Separate, Stack, Weights
from dsrna.spaces.operations import OPERATIONS, DepthwiseBlock, FactorizedReduce, Zero
from dsrna.spaces.shapes import Features
from dsrna.spaces.skips import SkipDropout

POOLS: Final = (nn.MaxPool2d, nn.AvgPool2d)


class OutgoingEdges(nn.Module):
    """``sum_o weight_o * o(x)`` for each of the edges that leave a node (Liu et al. 2019, Eq. 2).

    The results stand side by side as channels, ``(batch, edges * channels, height, width)``. Candidates of one build
    are stacked; what is the same for all edges is computed once; ``none`` adds nothing, its share only takes from the
    others'. Of a candidate of any other build every edge has its own.
    """

    def __init__(self, operations: tuple[str, ...], edges: int, channels: int, stride: int) -> None:
        super().__init__()
        self.families = nn.ModuleList(_families(operations, edges, channels, stride))

    def portions(self, weights: Weights) -> list[Weights]:
        """Share the weights of all operations out to the families."""
        columns = weights.unbind(1)
        return [torch.stack([columns[column] for column in family.stack.columns], dim=1) for family in self.each()]

    def forward(self, x: Features, portions: list[Weights]) -> Features:
        rectified = F.relu(x)
        sums = [family(x, rectified, weights) for family, weights in zip(self.families, portions, strict=True)]
        total: Tensor = reduce(torch.add, sums)
        return total

    def each(self) -> Iterator[Family]:
        for family in self.families:
            assert isinstance(family, Family)
            yield family


def _families(operations: tuple[str, ...], edges: int, channels: int, stride: int) -> Iterator[Family]:
    """Group the operations by their build."""
    groups: dict[Hashable, list[int]] = {}
    candidates = [OPERATIONS[name](channels, stride, False) for name in operations]
    for column, candidate in enumerate(candidates):
        if not isinstance(candidate, Zero):
            groups.setdefault(_build(candidate), []).append(column)
    for build, columns in groups.items():
        stack = Stack(tuple(columns), edges, channels)
        if build is Separate:
            every_edge = [
                [OPERATIONS[operations[column]](channels, stride, False) for column in columns] for _ in range(edges)
            ]
            yield Separate([candidate for edge in every_edge for candidate in edge], stack)
        elif build is ParameterFree:
            yield ParameterFree([_searched(candidates[column], channels) for column in columns], stack)
        elif build is Reductions:
            yield Reductions(stack)
        else:
            yield Chains([_convolutions(candidates[column]) for column in columns], stack)


def _build(candidate: nn.Module) -> Hashable:
    """What candidates must have in common to be computed together: their family, and the geometry of chains."""
    if isinstance(candidate, (*POOLS, nn.Identity)):
        return ParameterFree
    if type(candidate) is FactorizedReduce:
        return Reductions
    steps = tuple((convolution.stride, convolution.dilation) for convolution in _convolutions(candidate))
    return steps or Separate


def _convolutions(candidate: nn.Module) -> list[nn.Conv2d]:
    """The depthwise convolutions of a chain of blocks; none of anything else."""
    blocks = list(candidate.children()) if type(candidate) is nn.Sequential else [candidate]
    if not all(type(block) is DepthwiseBlock for block in blocks):
        return []
    seconds = [list(block.children())[1] for block in blocks]
    return [second for second in seconds if isinstance(second, nn.Conv2d)]


def _searched(candidate: nn.Module, channels: int) -> nn.Module:
    """Pooling gets a batch norm in the supernet, so that no candidate wins by its scale (Liu et al. 2019).

    Identity gets a dropout, for searches that use it.
    """
    if isinstance(candidate, POOLS):
        return nn.Sequential(candidate, nn.BatchNorm2d(channels, affine=False))
    return SkipDropout()
