"""Rank correlations and their bootstrap, all resamples at once (``docs/explanation/ranking.md``)."""

from collections.abc import Callable

import torch
from jaxtyping import Float64
from torch import Tensor

Values = Float64[Tensor, " n"]
Counts = Float64[Tensor, "resamples n"]
"""How often each resample holds each architecture."""

Coefficients = Float64[Tensor, " resamples"]
Correlate = Callable[[Values, Values, Counts], Coefficients]


def kendall(x: Values, y: Values, counts: Counts) -> Coefficients:
    """Return Kendall's tau-b of every resample (Kendall 1945); NaN where one side is all ties."""
    first, second = _signs(x), _signs(y)
    agreeing, left, right = (_weighed(pairs, counts) for pairs in (first * second, first.abs(), second.abs()))
    return agreeing / (left * right).sqrt()


def spearman(x: Values, y: Values, counts: Counts) -> Coefficients:
    """Return Spearman's rho of every resample, ties at their midranks; NaN where one side is all ties."""
    # Midranks less their mean, times two.
    first, second = counts @ _signs(x).T, counts @ _signs(y).T
    covariance = (counts * first * second).sum(dim=1)
    variances = (counts * first**2).sum(dim=1) * (counts * second**2).sum(dim=1)
    return covariance / variances.sqrt()


def partial(correlate: Correlate, x: Values, y: Values, given: Values, counts: Counts) -> Coefficients:
    """Return the correlation of x and y with ``given`` held fixed (Kendall 1942); NaN where it fixes either."""
    between, left, right = correlate(x, y, counts), correlate(x, given, counts), correlate(y, given, counts)
    room = (1 - left**2) * (1 - right**2)
    # What rounding leaves of a correlation with itself is no room.
    return torch.where(room > 1e-9, (between - left * right) / room.sqrt(), torch.nan)


def resample(size: int, resamples: int, generator: torch.Generator) -> Counts:
    """Draw ``size`` architectures with replacement, so many times, and count them."""
    drawn = torch.randint(size, (resamples, size), generator=generator)
    counts = torch.zeros(resamples, size, dtype=torch.float64)
    return counts.scatter_add_(1, drawn, torch.ones_like(drawn, dtype=torch.float64))


def _signs(values: Tensor) -> Tensor:
    return torch.sign(values[:, None] - values[None, :])


def _weighed(pairs: Tensor, counts: Tensor) -> Tensor:
    return ((counts @ pairs) * counts).sum(dim=1)
