"""Means, intervals and tests over seeds: few and dear. docs/explanation/comparison.md says what they claim."""

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Final

import numpy as np
from scipy import special

RESAMPLES: Final = 10_000
LEVEL: Final = 0.95
SAME: Final = 1e-9
"""Differences that are this near to each other, as a share of them, differ by the rounding of what was subtracted."""

Values = Sequence[float]


def bootstrap(values: Values, seed: int = 0) -> tuple[float, float] | None:
    """Return the percentile interval of the mean (Efron 1979), None for fewer than two values."""
    if len(values) < 2:
        return None
    draw = np.random.default_rng(seed)
    chosen = draw.integers(len(values), size=(RESAMPLES, len(values)))
    means = np.asarray(values, dtype=np.float64)[chosen].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return low, high


def paired_p(differences: Values) -> float | None:
    """Return the two-sided p of the paired t-test (Student 1908), None for fewer than two pairs.

    Where all differences are the same number, t says nothing: the p is that of their signs, 2 to the power of 1 - n,
    or 1 where that number is 0.
    """
    count = len(differences)
    if count < 2:
        return None
    mean, spread = fmean(differences), stdev(differences)
    if spread <= SAME * abs(mean):
        return 2.0 ** (1 - count) if mean else 1.0
    t = abs(mean) / (spread / count**0.5)
    return float(2 * special.stdtr(count - 1, -t))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Return the p values adjusted for their number (Holm 1979): the k-th smallest of m times m - k + 1, monotone."""
    known = sorted((p, index) for index, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    reached = 0.0
    for place, (p, index) in enumerate(known):
        reached = max(reached, min(1.0, p * (len(known) - place)))
        adjusted[index] = reached
    return adjusted


def ranks(values: Values) -> list[float]:
    """Return each value's place, 1 for the largest; equal values share the mean of their places."""
    above = [sum(other > value for other in values) for value in values]
    alike = [sum(other == value for other in values) for value in values]
    return [more + (same + 1) / 2 for more, same in zip(above, alike, strict=True)]


def pooled_deviation(groups: Sequence[Values]) -> float | None:
    """Return the standard deviation within groups, over all of them; None where no group has two values."""
    several = [group for group in groups if len(group) > 1]
    freedom = sum(len(group) - 1 for group in several)
    if not freedom:
        return None
    squares = sum((value - fmean(group)) ** 2 for group in several for value in group)
    return float((squares / freedom) ** 0.5)


def remaining(whole: float | None, part: float | None) -> float | None:
    """Return the standard deviation that independent noise of ``part`` leaves of ``whole``, 0 where it leaves none."""
    if whole is None or part is None:
        return None
    return float(max(0.0, whole**2 - part**2) ** 0.5)
