"""Ground truth: a table of architectures and what came of them."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from dsrna.errors import UserError
from dsrna.registry import unknown
from dsrna.runtime.reading import at_most, opened
from dsrna.spaces import Architecture, written_architecture

NAMES: Final = ("arch_str", "architecture")
"""The columns that may hold the architecture, as text or as a published name."""

MOST: Final = 2**27
"""Bytes that a table may hold, unpacked."""


@dataclass(frozen=True)
class GroundTruth:
    """A row for each class of architectures that count as one: its architecture, and its columns."""

    path: Path
    columns: tuple[str, ...]
    rows: dict[str, tuple[Architecture, dict[str, str]]]

    @classmethod
    def read(cls, path: Path) -> "GroundTruth":
        """Read a CSV file, ``.gz`` or not; a file without architectures, or with one twice, is a ``UserError``."""
        reader = csv.DictReader(io.StringIO(_text(path), newline=""))
        try:
            columns = tuple(reader.fieldnames or ())
            name = next((each for each in NAMES if each in columns), None)
            if name is None:
                raise UserError(f"{path} has no column {' or '.join(NAMES)} that says which architecture a row is of")
            return cls(path, columns, _rows(path, reader, name))
        except csv.Error as error:
            raise UserError(f"{path}, after line {reader.line_num}: {error}") from error

    def check(self, column: str) -> None:
        """Raise ``UserError`` for a column that is not there."""
        if column not in self.columns:
            raise UserError(f"{self.path}: {unknown('column', 'columns', column, self.columns)}")

    def value(self, architecture: Architecture, column: str) -> float | None:
        """Return the entry of an architecture, None where there is none."""
        found = self.rows.get(architecture.identity())
        return None if found is None else self._number(found[1], column)

    def values(self, column: str) -> list[float]:
        """Return all entries of a column."""
        self.check(column)
        return [value for _, row in self.rows.values() if (value := self._number(row, column)) is not None]

    def architectures(self) -> Iterator[Architecture]:
        """Yield those whose networks see their images, in the order of the table."""
        return (architecture for architecture, _ in self.rows.values() if architecture.connected())

    def sample(self, count: int, generator: torch.Generator) -> list[Architecture]:
        """Draw so many of these; a larger count draws the same and more. More than there are is a ``UserError``."""
        there = list(self.architectures())
        if not 0 < count <= len(there):
            raise UserError(f"a sample of {self.path} has 1 to {len(there)} architectures, not {count}")
        return [there[index] for index in torch.randperm(len(there), generator=generator)[:count].tolist()]

    def _number(self, row: dict[str, str], column: str) -> float | None:
        text = row[column] or ""
        try:
            value = float(text) if text.strip() else math.nan
        except ValueError:
            raise UserError(f"{self.path}, column {column}: {text!r} is not a number") from None
        return value if math.isfinite(value) else None


def _rows(path: Path, reader: "csv.DictReader[str]", name: str) -> dict[str, tuple[Architecture, dict[str, str]]]:
    rows: dict[str, tuple[Architecture, dict[str, str]]] = {}
    for number, row in enumerate(reader, start=2):
        architecture = _architecture(row[name] or "", f"{path}, line {number}")
        if architecture.identity() in rows:
            raise UserError(f"{path}, line {number}: the architecture {row[name]} is there twice")
        rows[architecture.identity()] = architecture, row
    return rows


def _text(path: Path) -> str:
    with opened(path) as file:
        data = at_most(file, MOST + 1)
    if len(data) > MOST:
        raise UserError(f"{path} holds more than {MOST:,} bytes, the most that is read of a table")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"cannot read {path}: not UTF-8 text (byte {error.start})") from error


def _architecture(text: str, where: str) -> Architecture:
    try:
        return written_architecture(text)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
