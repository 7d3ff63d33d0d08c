"""What a published table says of the architecture that was found, in words."""

from collections.abc import Iterator
from typing import Final

from dsrna.ranking import Entry, Published
from dsrna.ranking.published import COLUMN, REGIMES
from dsrna.report import wording

ATTACKS: Final = ("clean", "pgd", "autoattack")
"""What is shown; the file has every attack of the table."""


def title(found: Published) -> str:
    return f"published for this architecture on {found.data}, in the benchmark's own networks ({found.table})"


def lines(found: Published) -> Iterator[tuple[str, str]]:
    """Yield what each number is, and the number with its percentile among the table's architectures."""
    for entry in found.entries:
        regime, attack, eps = _parts(entry)
        if attack in ATTACKS:
            told = f"{wording.percent(entry.value)}, percentile {100 * entry.percentile:.0f}"
            yield f"{REGIMES[regime]}, {attack}{f' at {eps}/255' if eps else ''}", told


def _parts(entry: Entry) -> tuple[str, str, str]:
    column = COLUMN.fullmatch(entry.column)
    regime, what = (column[1], column[3]) if column else ("std", entry.column)
    attack, _, eps = what.partition("_")
    return regime, attack, eps
