"""The supernet edge by edge, as it is written down: what the stacked one is held against."""

from functools import reduce

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.spaces import SpaceSettings, Supernet
from dsrna.spaces.edges import with_norm
from dsrna.spaces.genotype import INPUT_NODES
from dsrna.spaces.layout import CellPlace, preprocess
from dsrna.spaces.operations import OPERATIONS, Zero
from dsrna.spaces.search_cell import shuffle
from dsrna.spaces.shapes import Features

PlainMixing = tuple[Tensor, Tensor | None]


class MixedOperation(nn.Module):
    """``sum_o weight_o * o(x)`` over the candidates (Liu et al. 2019, Eq. 2).

    With ``partial_channels`` k > 1 only the first of every k channels pass through the candidates, the others go
    around them, and the channels are shuffled (Xu et al. 2020, Eq. 1).
    """

    def __init__(self, operations: tuple[str, ...], channels: int, stride: int, partial_channels: int) -> None:
        super().__init__()
        self.partial_channels = partial_channels
        self.mixed_channels = channels // partial_channels
        self.candidates = nn.ModuleList(
            with_norm(OPERATIONS[name](self.mixed_channels, stride, False), self.mixed_channels) for name in operations
        )
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


class PlainCell(nn.Module):
    """A cell in which every edge is a module of its own."""

    def __init__(self, settings: SpaceSettings, place: CellPlace) -> None:
        super().__init__()
        self.nodes = settings.nodes
        self.first, self.second = preprocess(place, affine=False)
        self.edges = nn.ModuleList(
            MixedOperation(
                settings.operations,
                place.channels,
                2 if place.reduces and source < INPUT_NODES else 1,
                settings.partial_channels,
            )
            for node in range(settings.nodes)
            for source in range(INPUT_NODES + node)
        )

    def forward(self, before_last: Features, last: Features, mixing: PlainMixing) -> Features:
        weights, edge_weights = mixing
        states = [self.first(before_last), self.second(last)]
        edge = 0
        for _ in range(self.nodes):
            outs = [self._edge(edge + source, state, weights, edge_weights) for source, state in enumerate(states)]
            edge += len(states)
            states.append(reduce(torch.add, outs))
        return torch.cat(states[INPUT_NODES:], dim=1)

    def _edge(self, edge: int, state: Tensor, weights: Tensor, edge_weights: Tensor | None) -> Tensor:
        out: Tensor = self.edges[edge](state, weights[edge])
        return out if edge_weights is None else edge_weights[edge] * out


class PlainSupernet(Supernet):
    """The same supernet of plain cells; ``testing.stacking`` carries tensors from one to the other."""

    def _cell(self, place: CellPlace) -> nn.Module:
        return PlainCell(self.settings, place)

    def _shared_out(self, cell: nn.Module, weights: Tensor, edge_weights: Tensor | None) -> PlainMixing:  # noqa: ARG002
        return weights, edge_weights
