"""What a published table says of the architecture that was found, in words."""

import re
from itertools import groupby
from typing import Final

from dsrna.ranking import Entry, Published
from dsrna.ranking.published import COLUMN, REGIMES
from dsrna.report import wording

ATTACKS: Final = ("clean", "pgd", "autoattack")
"""What is shown; the file has every attack of the table."""


def by_regime(found: Published) -> dict[str, list[tuple[str, str]]]:
    """Return, under a title for each regime, what a number is, and the number with its percentile in the table."""
    parts = [(*_parts(column), entry) for entry in found.entries if (column := COLUMN.fullmatch(entry.column))]
    return {
        f"published, {REGIMES[regime]} on {found.data}": [
            (f"{attack} at {eps}/255" if eps else attack, _told(entry))
            for _, attack, eps, entry in rows
            if attack in ATTACKS
        ]
        for regime, rows in groupby(parts, key=lambda part: part[0])
    }


def _told(entry: Entry) -> str:
    return f"{wording.percent(entry.value)}, percentile {100 * entry.percentile:.0f}"


def _parts(column: re.Match[str]) -> tuple[str, str, str]:
    """Return regime, attack and eps."""
    attack, _, eps = column[3].partition("_")
    return column[1], attack, eps
