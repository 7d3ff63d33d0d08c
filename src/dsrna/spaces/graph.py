"""A cell as a graph: what a picture of it needs, whatever the space."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["normal", "reduce"]


@dataclass(frozen=True)
class Edge:
    """An operation from one tensor to another. ``index`` tells apart two edges that are otherwise alike."""

    index: int
    operation: str
    source: int
    target: int


@dataclass(frozen=True)
class CellGraph:
    """Tensors 0 to ``inputs`` - 1 come in; each other one is the sum of the edges into it.

    ``edges`` are sorted by target. ``concat`` are the tensors that, concatenated, leave the cell. ``first`` is the
    number that the space gives to the first tensor that is not an input.
    """

    kind: Kind
    inputs: int
    edges: tuple[Edge, ...]
    concat: tuple[int, ...]
    first: int = 0

    @cached_property
    def depth(self) -> Mapping[int, int]:
        """The number of operations on the longest way from an input to each tensor."""
        depths = dict.fromkeys(range(self.inputs), 0)
        for edge in self.edges:
            depths[edge.target] = max(depths.get(edge.target, 0), depths[edge.source] + 1)
        return depths

    @property
    def tensors(self) -> range:
        return range(max(edge.target for edge in self.edges) + 1)

    def connected(self) -> bool:
        """Whether an input reaches a tensor that leaves the cell, over operations other than ``none``."""
        reached = set(range(self.inputs))
        for edge in self.edges:
            if edge.operation != "none" and edge.source in reached:
                reached.add(edge.target)
        return not reached.isdisjoint(self.concat)

    def strides(self, edge: Edge) -> bool:
        """Whether the edge halves the resolution."""
        return self.kind == "reduce" and edge.source < self.inputs

    def node(self, tensor: int) -> str:
        """Return the number that the space gives to a tensor that is not an input."""
        return str(tensor - self.inputs + self.first)
