"""A cell of the supernet."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.spaces.edges import OutgoingEdges
from dsrna.spaces.families import combine
from dsrna.spaces.genotype import INPUT_NODES
from dsrna.spaces.layout import CellPlace, preprocess
from dsrna.spaces.mixed import shuffle
from dsrna.spaces.settings import SpaceSettings
from dsrna.spaces.shapes import Features


@dataclass(frozen=True)
class Mixing:
    """The mixing weights of a kind of cell, shared out: by source and family, and by node where edges are weighed."""

    portions: list[list[Float[Tensor, "_ _"]]]
    edge_weights: list[Float[Tensor, "1 _"]] | None


class SearchCell(nn.Module):
    """A cell in which every inner node hears every node before it through a mixed operation.

    With ``partial_channels`` k > 1 only the first of every k channels pass through the candidates, the others go
    around them, and the channels are shuffled (Xu et al. 2020, Eq. 1). The shuffle of a sum is the sum of shuffles,
    so each node is shuffled once.
    """

    def __init__(self, settings: SpaceSettings, place: CellPlace) -> None:
        super().__init__()
        self.nodes = settings.nodes
        self.partial_channels = settings.partial_channels
        self.mixed_channels = place.channels // settings.partial_channels
        self.first, self.second = preprocess(place, affine=False)
        leaving = outgoing(settings.nodes)
        strides = [2 if place.reduces and source < INPUT_NODES else 1 for source in range(len(leaving))]
        self.sources = nn.ModuleList(
            OutgoingEdges(settings.operations, len(edges), self.mixed_channels, stride)
            for edges, stride in zip(leaving, strides, strict=True)
        )
        self.around = nn.ModuleList(
            nn.MaxPool2d(2, 2, ceil_mode=True) if stride > 1 else nn.Identity() for stride in strides
        )

    def mixing(self, weights: Float[Tensor, "all operations"], edge_weights: Float[Tensor, " all"] | None) -> Mixing:
        """Share the mixing weights out, for every cell of this kind."""
        scaled = weights if edge_weights is None else weights * edge_weights[:, None]
        rows = scaled.unbind()
        portions = [
            source.portions(torch.stack([rows[edge] for edge in edges]))
            for source, edges in zip(self.leaving(), outgoing(self.nodes), strict=True)
        ]
        if edge_weights is None:
            return Mixing(portions, None)
        return Mixing(portions, [part[None] for part in torch.split(edge_weights, incoming(self.nodes))])

    def leaving(self) -> Iterator[OutgoingEdges]:
        """The edges that leave each source."""
        for source in self.sources:
            assert isinstance(source, OutgoingEdges)
            yield source

    def forward(self, before_last: Features, last: Features, mixing: Mixing) -> Features:
        states: list[Tensor] = [self.first(before_last), self.second(last)]
        around: list[Tensor] = []
        sums: Tensor | None = None
        for source, edges in enumerate(self.leaving()):
            through, past = self._apart(states[source])
            mixed = edges(through, mixing.portions[source])
            sums = mixed if sums is None else sums + mixed
            around += [] if past is None else [self.around[source](past)]
            if source >= INPUT_NODES - 1:
                states.append(self._node(sums[:, : self.mixed_channels], around, mixing.edge_weights))
                sums = sums[:, self.mixed_channels :]
        return torch.cat(states[INPUT_NODES:], dim=1)

    def _apart(self, state: Tensor) -> tuple[Tensor, Tensor | None]:
        """The channels that pass through the candidates, and those that go around them."""
        if self.partial_channels == 1:
            return state, None
        return state[:, : self.mixed_channels], state[:, self.mixed_channels :]

    def _node(self, mixed: Tensor, around: list[Tensor], edge_weights: list[Tensor] | None) -> Tensor:
        """Put the channels that go around the candidates beside the mixed ones."""
        if edge_weights is None:
            return mixed
        weighted = combine(around, edge_weights[len(around) - INPUT_NODES])
        return shuffle(torch.cat([mixed, weighted], dim=1), self.partial_channels)


def outgoing(nodes: int) -> list[list[int]]:
    """The edges that leave each source, in the order of the nodes they go to; edges are numbered node by node."""
    firsts = [sum(incoming(node)) for node in range(nodes)]
    return [
        [firsts[node] + source for node in range(nodes) if source < INPUT_NODES + node]
        for source in range(INPUT_NODES + nodes - 1)
    ]


def incoming(nodes: int) -> list[int]:
    """How many edges end in each inner node."""
    return [INPUT_NODES + node for node in range(nodes)]
