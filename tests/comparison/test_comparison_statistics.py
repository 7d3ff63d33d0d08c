"""Statistics over seeds, held against the library and against enumeration."""

import math
from itertools import product
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dsrna.comparison.statistics import bootstrap, holm, paired_p, pooled_deviation, ranks, remaining

values = st.floats(-1, 1).map(lambda value: round(value, 3))


@given(st.lists(values, min_size=2, max_size=9))
def test_p_is_that_of_the_paired_t_test(differences: list[float]) -> None:
    """If this fails, a difference is called shown that the test does not show."""
    found = paired_p(differences)
    assert found is not None
    if len(set(differences)) == 1:
        assert found == (2.0 ** (1 - len(differences)) if differences[0] else 1.0)
    else:
        assert found == pytest.approx(float(stats.ttest_1samp(differences, 0).pvalue), abs=1e-9)


def test_equal_differences_of_many_images_are_equal() -> None:
    """If this fails, the rounding of shares of 50,000 images passes for a certainty that no five seeds give."""
    rights = (41_234, 40_123, 39_999, 42_001, 43_210)
    assert paired_p([(right + 1) / 50_000 - right / 50_000 for right in rights]) == 2.0**-4


def test_one_pair_shows_nothing() -> None:
    """If this fails, a single seed is taken for evidence."""
    assert paired_p([0.3]) is None
    assert bootstrap([0.3]) is None
    assert pooled_deviation([[0.3], [0.5]]) is None


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=8))
def test_holm_is_the_closed_test_by_bonferroni(ps: list[float | None]) -> None:
    """If this fails, looking at many contenders makes differences out of chance.

    The adjusted p of a hypothesis is the largest Bonferroni p over all sets of hypotheses that hold it.
    """
    known = [index for index, p in enumerate(ps) if p is not None]
    for index, found in enumerate(holm(ps)):
        if index not in known:
            assert found is None
            continue
        sets = [
            [each for each, taken in zip(known, chosen, strict=True) if taken]
            for chosen in product((False, True), repeat=len(known))
        ]
        worst = max(
            min(1.0, len(chosen) * min(p for each in chosen if (p := ps[each]) is not None))
            for chosen in sets
            if index in chosen
        )
        assert found == pytest.approx(worst)


@given(st.lists(values, min_size=1, max_size=8))
def test_ranks_are_the_library_s_turned_round(table: list[float]) -> None:
    """If this fails, a rank table puts the worst first, or breaks ties by order of appearance."""
    assert ranks(table) == pytest.approx(stats.rankdata([-value for value in table]).tolist())


def test_the_bootstrap_interval_is_that_of_all_resamples() -> None:
    """If this fails, the interval is not the percentile bootstrap's: with four values all 256 can be listed."""
    data = [0.1, 0.4, 0.2, 0.9]
    means = [fmean(each) for each in product(data, repeat=4)]
    low, high = bootstrap(data) or (math.nan, math.nan)
    assert [low, high] == pytest.approx(np.quantile(means, [0.025, 0.975]).tolist(), abs=0.03)


@given(st.lists(st.lists(values, min_size=2, max_size=5), min_size=1, max_size=4))
def test_the_pooled_variance_weighs_groups_by_their_freedom(groups: list[list[float]]) -> None:
    """If this fails, the noise of training is mixed with the difference between genotypes."""
    variances = [np.var(group, ddof=1) * (len(group) - 1) for group in groups]
    freedom = sum(len(group) - 1 for group in groups)
    assert pooled_deviation(groups) == pytest.approx(math.sqrt(sum(variances) / freedom), abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1))
def test_variances_of_independent_noise_add_up(search: float, training: float) -> None:
    """If this fails, the search is blamed for the noise of training, or is noisy below nothing."""
    assert remaining(math.hypot(search, training), training) == pytest.approx(search, abs=1e-7)
    assert remaining(min(search, training), max(search, training)) == 0
    assert remaining(None, training) is remaining(search, None) is None
