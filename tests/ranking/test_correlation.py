"""Rank correlations, held against scipy's."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from dsrna.ranking.correlation import kendall, partial, resample, spearman
from dsrna.runtime.seeds import generator

ORACLES = {kendall: kendalltau, spearman: spearmanr}


def columns(seed: int, size: int, levels: int) -> torch.Tensor:
    """Three columns with many ties."""
    return torch.randint(levels, (3, size), generator=generator(seed)).double()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), size=st.integers(3, 30), levels=st.integers(2, 40))
def test_every_resample_agrees_with_scipy(seed: int, size: int, levels: int) -> None:
    """If this fails, a correlation or its interval is wrong: ties, or architectures drawn twice."""
    x, y, _ = columns(seed, size, levels)
    counts = resample(size, 5, generator(seed, "resamples"))
    for ours, theirs in ORACLES.items():
        for found, drawn in zip(ours(x, y, counts), counts.long(), strict=True):
            left, right = x.repeat_interleave(drawn), y.repeat_interleave(drawn)
            if len(left.unique()) == 1 or len(right.unique()) == 1:
                assert math.isnan(found)
            else:
                assert found.item() == pytest.approx(theirs(left.numpy(), right.numpy()).statistic, abs=1e-12)


def test_partial_spearman_is_the_correlation_of_residuals() -> None:
    """If this fails, what is held fixed is not held fixed."""
    x, y, z = torch.rand(3, 40, generator=generator(0), dtype=torch.float64)
    ranks = [values.argsort().argsort().double().numpy() for values in (x, y, z)]
    left, right = (values - np.polyval(np.polyfit(ranks[2], values, 1), ranks[2]) for values in ranks[:2])
    found = partial(spearman, x, y, z, torch.ones(1, 40, dtype=torch.float64))
    assert found.item() == pytest.approx(np.corrcoef(left, right)[0, 1], abs=1e-12)


@pytest.mark.parametrize("correlate", ORACLES)
def test_nothing_is_left_beyond_itself(correlate: object) -> None:
    """If this fails, a control given itself shows a correlation made of rounding."""
    x, y, _ = torch.rand(3, 12, generator=generator(1), dtype=torch.float64)
    counts = torch.ones(1, 12, dtype=torch.float64)
    assert partial(correlate, x, y, x, counts).isnan().all()  # type: ignore[arg-type]
    assert partial(correlate, x, y, 2 - y, counts).isnan().all()  # type: ignore[arg-type]


def test_resamples_are_of_the_same_size_and_follow_the_generator() -> None:
    """If this fails, intervals are too narrow or too wide, or change from run to run."""
    first, second = (resample(7, 50, generator(2)) for _ in range(2))
    assert torch.equal(first, second)
    assert first.sum(dim=1).eq(7).all()
    assert len(torch.unique(first, dim=0)) > 40
