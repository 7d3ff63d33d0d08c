"""What a published table says of one architecture, under standard and under adversarial training."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dsrna.errors import UserError
from dsrna.ranking.truth import GroundTruth
from dsrna.spaces import Architecture

REGIMES: Final = {"std": "standard training", "at": "adversarial training"}
"""What columns begin with: ``std_cifar10_pgd_1`` is the accuracy under PGD at 1/255 after standard training."""

COLUMN: Final = re.compile(rf"({'|'.join(REGIMES)})_([a-z0-9]+)_(.+)")
USUAL: Final = "cifar10"


@dataclass(frozen=True)
class Entry:
    """A number of the table, and the share of its architectures below it; those that equal it count half."""

    column: str
    value: float
    percentile: float


@dataclass(frozen=True, kw_only=True)
class Published:
    """``search/published.json``: every entry of an architecture on one data set."""

    schema: Literal[1] = 1
    table: str
    architecture: str
    data: str
    entries: tuple[Entry, ...]


def published(truth: GroundTruth, architecture: Architecture, data: str) -> Published:
    """Look an architecture up: on the data set of that name, or where the table has not got it, on CIFAR-10.

    An architecture without a row, and a table without columns of a regime, are a ``UserError``.
    """
    if architecture.identity() not in truth.rows:
        raise UserError(f"{truth.path} has no row for {architecture.to_text()}")
    there = [found for found in map(COLUMN.fullmatch, truth.columns) if found]
    on = data if data in {found[2] for found in there} else USUAL
    columns = [found[0] for found in there if found[2] == on]
    if not columns:
        raise UserError(f"{truth.path} has no columns std_{on}_... or at_{on}_...")
    return Published(
        table=truth.path.name,
        architecture=architecture.to_text(),
        data=on,
        entries=tuple(_entries(truth, architecture, columns)),
    )


def check_covers(truth: GroundTruth, space: str) -> None:
    """Raise ``UserError`` for a table without any architecture of the space."""
    if not any(architecture.space == space for architecture, _ in truth.rows.values()):
        raise UserError(f"{truth.path} has no architecture of space {space}; --table is for one that it covers")


def _entries(truth: GroundTruth, architecture: Architecture, columns: Sequence[str]) -> list[Entry]:
    found = [(column, truth.value(architecture, column)) for column in columns]
    return [
        Entry(column, value, _percentile(value, truth.values(column))) for column, value in found if value is not None
    ]


def _percentile(value: float, among: Sequence[float]) -> float:
    return sum((other < value) + (other <= value) for other in among) / (2 * len(among))
