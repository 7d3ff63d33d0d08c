"""The genotype: which operations a cell keeps, and between which nodes. Read from text, never evaluated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from dsrna.errors import UserError
from dsrna.runtime.files import parsed_json, read_text
from dsrna.runtime.serialise import from_plain
from dsrna.spaces.architecture import Architecture
from dsrna.spaces.genotype_text import indices, parse_call
from dsrna.spaces.graph import CellGraph, Edge, Kind
from dsrna.spaces.operations import OPERATIONS
from dsrna.spaces.settings import MOST_NODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dsrna.spaces.network import DiscreteNetwork

INPUT_NODES: Final = 2
EDGES_PER_NODE: Final = 2
SCHEMA: Final = 1


@dataclass(frozen=True)
class Genotype(Architecture):
    """Two cells. Entries 2i and 2i+1 of a cell are the edges into inner node i: (operation, index of its source).

    Sources 0 and 1 are the outputs of the two cells before, 2 and up the inner nodes of this one. ``*_concat`` are
    the nodes whose outputs, concatenated, are the cell's. Anything else raises ``UserError``.
    """

    space: ClassVar[str] = "darts"

    normal: tuple[tuple[str, int], ...]
    normal_concat: tuple[int, ...]
    reduce: tuple[tuple[str, int], ...]
    reduce_concat: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_cell("normal", self.normal, self.normal_concat)
        _check_cell("reduce", self.reduce, self.reduce_concat)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], *, where: str = "genotype") -> Genotype:
        """Build one from ``to_dict``'s mapping; ``schema`` and ``space`` may be missing."""
        if not isinstance(plain, dict):
            raise UserError(f"{where}: a genotype is a mapping with normal and reduce, not {type(plain).__name__}")
        if plain.get("schema", SCHEMA) != SCHEMA:
            raise UserError(f"{where}: schema {plain['schema']!r} is not one this version reads ({SCHEMA})")
        cells = {name: value for name, value in plain.items() if name not in {"schema", "space"}}
        return from_plain(cls, cells, where=where)

    @classmethod
    def from_json(cls, text: str, *, where: str = "genotype") -> Genotype:
        return cls.from_dict(parsed_json(text, where), where=where)

    @classmethod
    def from_text(cls, text: str, *, where: str = "genotype") -> Genotype:
        """Read ``Genotype(normal=[('sep_conv_3x3', 1), ...], normal_concat=range(2, 6), ...)``; nothing is run."""
        return cls.from_dict(parse_call(text, where), where=where)

    @classmethod
    def load(cls, path: Path) -> Genotype:
        """Read a file in either form."""
        text = read_text(path).strip()
        return cls.from_json(text, where=str(path)) if text[:1] == "{" else cls.from_text(text, where=str(path))

    def to_dict(self) -> dict[str, Any]:
        """Return a mapping of lists and scalars, as JSON holds it."""
        return {
            "schema": SCHEMA,
            "space": self.space,
            "normal": [list(edge) for edge in self.normal],
            "normal_concat": list(self.normal_concat),
            "reduce": [list(edge) for edge in self.reduce],
            "reduce_concat": list(self.reduce_concat),
        }

    def to_text(self) -> str:
        """Write the one line that the DARTS family prints."""
        return (
            f"Genotype(normal={list(self.normal)}, normal_concat={indices(self.normal_concat)}, "
            f"reduce={list(self.reduce)}, reduce_concat={indices(self.reduce_concat)})"
        )

    def build(self, cells: int, channels: int, classes: int, **options: Any) -> DiscreteNetwork:
        """Build the network of this genotype with fresh weights; ``options`` are ``DiscreteNetwork``'s."""
        from dsrna.spaces.network import DiscreteNetwork  # noqa: PLC0415  the network is made of genotypes

        return DiscreteNetwork(self, cells=cells, channels=channels, classes=classes, **options)

    def of_space(self) -> dict[str, Any]:
        return {"name": self.space, "nodes": len(self.normal) // EDGES_PER_NODE}

    def graphs(self) -> tuple[CellGraph, ...]:
        return (
            _graph("normal", self.normal, self.normal_concat),
            _graph("reduce", self.reduce, self.reduce_concat),
        )

    def operation_counts(self) -> dict[str, int]:
        return dict(Counter(operation for operation, _ in (*self.normal, *self.reduce)))

    def identity(self) -> str:
        """Return its text: no two genotypes are counted as one."""
        return self.to_text()


def _graph(kind: Kind, edges: tuple[tuple[str, int], ...], concat: tuple[int, ...]) -> CellGraph:
    targets = [INPUT_NODES + index // EDGES_PER_NODE for index in range(len(edges))]
    joined = zip(edges, targets, strict=True)
    return CellGraph(
        kind, INPUT_NODES, tuple(Edge(index, *edge, target) for index, (edge, target) in enumerate(joined)), concat
    )


def _check_cell(cell: str, edges: tuple[tuple[str, int], ...], concat: tuple[int, ...]) -> None:
    if not edges or len(edges) % EDGES_PER_NODE:
        raise UserError(f"genotype, {cell} cell: {EDGES_PER_NODE} edges per inner node are needed, not {len(edges)}")
    if len(edges) > MOST_NODES * EDGES_PER_NODE:
        raise UserError(f"genotype, {cell} cell: at most {MOST_NODES} inner nodes, not {len(edges) // EDGES_PER_NODE}")
    for position, (operation, source) in enumerate(edges):
        _check_edge(f"genotype, {cell} cell, edge {position}", operation, source, position // EDGES_PER_NODE)
    nodes = range(INPUT_NODES, INPUT_NODES + len(edges) // EDGES_PER_NODE)
    wrong = [index for index in concat if index not in nodes]
    if wrong or not concat or len(set(concat)) != len(concat):
        raise UserError(f"genotype, {cell}_concat: {list(concat)} must name each at most once of {list(nodes)}")


def _check_edge(where: str, operation: str, source: int, node: int) -> None:
    if operation not in OPERATIONS:
        raise UserError(f"{where}: unknown operation {operation!r}; known: {', '.join(OPERATIONS.names())}")
    if not 0 <= source < INPUT_NODES + node:
        raise UserError(f"{where}: source {source} must be one of 0 to {INPUT_NODES + node - 1}")
