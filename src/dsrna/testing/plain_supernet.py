"""The supernet edge by edge, as it is written down: what the stacked one is held against."""

from functools import reduce

import torch
from torch import Tensor, nn

from dsrna.spaces import SpaceSettings, Supernet
from dsrna.spaces.genotype import INPUT_NODES
from dsrna.spaces.layout import CellPlace, preprocess
from dsrna.spaces.mixed import MixedOperation
from dsrna.spaces.shapes import Features

PlainMixing = tuple[Tensor, Tensor | None]


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
