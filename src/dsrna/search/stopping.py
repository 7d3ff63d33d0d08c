"""When a search ends early: before its result stops being what the supernet promises."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from dsrna.search.history import SearchEpoch, SearchResult
from dsrna.spaces import parse_architecture

STOPPINGS: Final = ("none", "eigenvalue", "gap")
"""What ends a search early; all but the first are columns of its history."""

BACK: Final = 5
"""Epochs that are compared over, and averaged over (Zela et al. 2020)."""

RATIO: Final = 0.75
"""The least that the eigenvalue ``BACK`` epochs ago may be of the present one (Zela et al. 2020)."""

RISE: Final = 0.1
"""The most by which the gap may rise in ``BACK`` epochs; our choice."""


def last_sound(history: Sequence[SearchEpoch], stopping: str) -> SearchEpoch | None:
    """Return the epoch before the rise, whose architecture is to be taken; None while the search goes on.

    Values are means over the ``BACK`` epochs up to one, fewer at the start; epochs of the warm-up do not count.
    """
    if stopping == "none":
        return None
    rows = [row for row in history if getattr(row, stopping) is not None]
    values: list[float] = [getattr(row, stopping) for row in rows]
    if len(values) <= BACK:
        return None
    now, before = (fmean(values[max(0, end - BACK) : end]) for end in (len(values), len(values) - BACK))
    risen = now > 0 and before < RATIO * now if stopping == "eigenvalue" else now > before + RISE
    return rows[-1 - BACK] if risen else None


def concluded(history: Sequence[SearchEpoch], stopping: str) -> SearchResult:
    """Return what was found: at the end, or before the rise that ended the search."""
    sound, last = last_sound(history, stopping), history[-1]
    row, remarks = sound or last, list[str]()
    assert row.genotype is not None, "every epoch says what it would return"
    if sound is not None:
        what = {"eigenvalue": "dominant eigenvalue", "gap": "discretisation gap"}[stopping]
        remarks.append(
            f"The search ended after epoch {last.epoch} of {last.epochs}, for the {what} had risen; "
            f"the architecture is that of epoch {sound.epoch}."
        )
    if row.strongest is not None:
        remarks.append(
            "The strongest architecture is not of the wanted size; this is the most probable one that is. "
            f"The strongest: {row.strongest}"
        )
    return SearchResult(parse_architecture(row.genotype), tuple(history), tuple(remarks))
