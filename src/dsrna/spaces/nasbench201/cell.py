"""An architecture of the space: the operations of the six edges of its one cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from dsrna.errors import UserError
from dsrna.spaces.architecture import Architecture
from dsrna.spaces.graph import CellGraph, Edge
from dsrna.spaces.nasbench201 import isomorphism, text
from dsrna.spaces.nasbench201.text import EDGES, NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsrna.spaces.nasbench201.network import Nasbench201Network

SCHEMA: Final = 1


@dataclass(frozen=True)
class Nasbench201Cell(Architecture):
    """The operations of the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3; anything but six candidates is a ``UserError``."""

    space: ClassVar[str] = "nasbench201"

    operations: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.operations) != len(EDGES):
            raise UserError(f"a cell of nasbench201 has {len(EDGES)} operations, not {len(self.operations)}")
        text.parse(text.to_text(self.operations), "nasbench201")

    @classmethod
    def from_text(cls, line: str, *, where: str = "architecture") -> Nasbench201Cell:
        """Read ``|nor_conv_3x3~0|+|none~0|skip_connect~1|+|...|``."""
        return cls(text.parse(line, where))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], *, where: str = "architecture") -> Nasbench201Cell:
        """Build one from ``to_dict``'s mapping."""
        if plain.get("schema", SCHEMA) != SCHEMA:
            raise UserError(f"{where}: schema {plain['schema']!r} is not one this version reads ({SCHEMA})")
        if plain.keys() - {"schema", "space"} != {"cell"} or not isinstance(plain["cell"], str):
            raise UserError(f"{where}: an architecture of nasbench201 has one field, cell, of the form {text.FORM}")
        return cls.from_text(plain["cell"], where=where)

    def to_dict(self) -> dict[str, Any]:
        return {"schema": SCHEMA, "space": self.space, "cell": self.to_text()}

    def to_text(self) -> str:
        return text.to_text(self.operations)

    def build(self, cells: int, channels: int, classes: int, **options: Any) -> Nasbench201Network:
        """Build the network of this cell with fresh weights; ``options`` are ``Nasbench201Network``'s."""
        from dsrna.spaces.nasbench201.network import Nasbench201Network  # noqa: PLC0415  the network is made of cells

        return Nasbench201Network(self, cells=cells, channels=channels, classes=classes, **options)

    def of_space(self) -> dict[str, Any]:
        return {"name": self.space, "nodes": NODES}

    def graphs(self) -> tuple[CellGraph, ...]:
        edges = tuple(Edge(index, self.operations[index], *ends) for index, ends in enumerate(EDGES))
        return (CellGraph("normal", 1, edges, (NODES - 1,), first=1),)

    def operation_counts(self) -> dict[str, int]:
        return dict(Counter(self.operations))

    def identity(self) -> str:
        """Return the name of its isomorphism class."""
        return isomorphism.class_name(self.operations)
