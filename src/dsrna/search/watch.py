"""What is watched while a search runs: numbers that are none, and a collapse."""

from collections.abc import Sequence
from typing import Final

from dsrna.errors import UserError
from dsrna.search.history import SearchEpoch
from dsrna.spaces import parse_architecture

FREE: Final = ("none", "skip_connect", "max_pool_3x3", "avg_pool_3x3")
"""Operations without parameters."""

MOST_NONE: Final = 1.4
MOST_FREE: Final = 1.25
"""So many times its first share may ``none`` take, and all operations without parameters together. Searches of methods
that do not collapse stay below 1.25 and 1.15, those that do go beyond one of them: docs/results/search.md."""

LEAST_FALL: Final = 0.1
"""Of validation accuracy: what a single epoch may lose by chance."""


EXPLODED: Final = 1e12
"""Nothing that a search goes on from comes near: what is larger is on its way to infinity."""


class NotFiniteError(UserError):
    """A loss or a metric that is not a number any more, or that has exploded."""


def finite(value: float, name: str) -> float:
    """Return the value, or raise ``NotFiniteError``."""
    if not abs(value) <= EXPLODED:
        raise NotFiniteError(f"the {name} became {value:g}; lower search.learning_rate and run again")
    return value


def collapse(history: Sequence[SearchEpoch]) -> str | None:
    """Say in a sentence how the search has collapsed, None where it has not.

    What ``none`` takes, every other operation loses, and the genotype does not show it: it may not rise by two fifths.
    Operations without parameters may not rise by a quarter, nor be all that is left in the architecture, nor may
    validation accuracy lie 10 points below its best for two epochs. While warming up, nothing moves: nothing is said.
    """
    if len(history) < 2 or history[-1].warmup:
        return None
    first, last = history[0], history[-1]
    none, before = last.shares.get("none", 0.0), first.shares.get("none", 0.0)
    if none > MOST_NONE * before:
        return f"the share of none has risen from {before:.0%} to {none:.0%}: the search drifts to computing nothing"
    free, had = (sum(row.shares.get(name, 0.0) for name in FREE) for row in (last, first))
    if had < 1 and free > min(MOST_FREE * had, (1 + had) / 2):
        return f"operations without parameters have risen from {had:.0%} to {free:.0%} of all mixing weights"
    if last.genotype is not None and not set(parse_architecture(last.genotype).operation_counts()) - set(FREE):
        return "no operation with parameters is left in the architecture that would be returned"
    best = max(row.validation_accuracy for row in history)
    if all(row.validation_accuracy < best - LEAST_FALL for row in history[-2:]):
        return f"validation accuracy has fallen from {best:.1%} to {last.validation_accuracy:.1%}"
    return None
