"""A cell as a graph: tensors 0 and 1 come in, each inner node is the sum of two operations on tensors before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dsrna.spaces.genotype import EDGES_PER_NODE, INPUT_NODES, Genotype

Kind = Literal["normal", "reduce"]


@dataclass(frozen=True)
class Edge:
    """An operation from one tensor to another: 0 and 1 are the cell's inputs, 2 and on its inner nodes.

    ``index`` is its place in the genotype: a node may take the same operation of the same tensor twice.
    """

    index: int
    operation: str
    source: int

    @property
    def target(self) -> int:
        return INPUT_NODES + self.index // EDGES_PER_NODE

    @property
    def from_input(self) -> bool:
        return self.source < INPUT_NODES


@dataclass(frozen=True)
class Cell:
    """The edges in the order of the genotype, and the inner nodes that are concatenated."""

    kind: Kind
    edges: tuple[Edge, ...]
    concat: tuple[int, ...]

    @classmethod
    def of(cls, genotype: Genotype, kind: Kind) -> "Cell":
        pairs: tuple[tuple[str, int], ...] = getattr(genotype, kind)
        edges = tuple(Edge(index, operation, source) for index, (operation, source) in enumerate(pairs))
        return cls(kind, edges, getattr(genotype, f"{kind}_concat"))

    @cached_property
    def depth(self) -> Mapping[int, int]:
        """The number of operations on the longest way from an input to each tensor."""
        depths = dict.fromkeys(range(INPUT_NODES), 0)
        for edge in self.edges:
            depths[edge.target] = max(depths.get(edge.target, 0), depths[edge.source] + 1)
        return depths

    @property
    def tensors(self) -> range:
        return range(INPUT_NODES + len(self.edges) // EDGES_PER_NODE)
