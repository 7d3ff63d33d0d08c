"""What a table says of one architecture."""

from dataclasses import dataclass

from scipy.stats import percentileofscore

from dsrna.errors import UserError
from dsrna.ranking.truth import GroundTruth
from dsrna.spaces import Architecture


@dataclass(frozen=True)
class Published:
    """An entry, and the share of the table's architectures below it; those that equal it count half."""

    column: str
    value: float
    percentile: float


def published(truth: GroundTruth, architecture: Architecture, columns: tuple[str, ...]) -> tuple[Published, ...]:
    """Return the entries of an architecture; one that is not in the table is a ``UserError``."""
    if architecture.identity() not in truth.rows:
        raise UserError(f"{truth.path} has no row for {architecture.to_text()}")
    found = ((column, truth.value(architecture, column)) for column in columns)
    return tuple(
        Published(column, value, float(percentileofscore(truth.values(column), value, kind="mean")) / 100)
        for column, value in found
        if value is not None
    )
