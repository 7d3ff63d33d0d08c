"""What the stages ask of an architecture, whatever its space: it is saved, read, built, drawn and counted."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from dsrna.runtime.files import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import nn

    from dsrna.spaces.graph import CellGraph


class Architecture(ABC):
    """A frozen value. ``space`` is the name of its space in ``SPACES``."""

    space: ClassVar[str]

    @classmethod
    @abstractmethod
    def from_dict(cls, plain: Mapping[str, Any], *, where: str = "architecture") -> Architecture:
        """Build one from what ``to_dict`` returns; anything else is a ``UserError`` that says ``where``."""

    @classmethod
    @abstractmethod
    def from_text(cls, text: str, *, where: str = "architecture") -> Architecture:
        """Read the one line that the space's own tools write; nothing is run."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return a mapping of lists and scalars, as JSON holds it; ``space`` is among them."""

    @abstractmethod
    def to_text(self) -> str:
        """Write the line that ``from_text`` reads."""

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    def save(self, path: Path) -> None:
        write_text(path, self.to_json() + "\n")

    @abstractmethod
    def build(self, cells: int, channels: int, classes: int, **options: Any) -> nn.Module:
        """Build its network with fresh weights; ``options``: in_channels, mean, std, stem, auxiliary."""

    @abstractmethod
    def of_space(self) -> dict[str, Any]:
        """Return the fields of ``SpaceSettings`` that a space needs for its cells to be of this kind."""

    @abstractmethod
    def graphs(self) -> tuple[CellGraph, ...]:
        """Return the cells that were searched, to be drawn."""

    @abstractmethod
    def operation_counts(self) -> dict[str, int]:
        """Count the edges of the searched cells by their operation."""

    @abstractmethod
    def identity(self) -> str:
        """Return a text that two architectures share if, and only if, their space counts them as one."""

    def connected(self) -> bool:
        """Whether the images reach the logits; where not, these are the same for all."""
        return all(graph.connected() for graph in self.graphs())
