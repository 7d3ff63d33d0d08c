"""Positions that keep their distance."""

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from dsrna.report.spread import spread

positions = st.lists(st.floats(-100, 100), min_size=1, max_size=8)


@given(positions, st.floats(0, 20))
def test_the_gaps_are_kept(wanted: list[float], gap: float) -> None:
    """Else labels and boxes would lie on one another."""
    found = np.diff(spread(wanted, [gap] * (len(wanted) - 1)))
    assert (found >= gap - 1e-9).all()


@given(positions, st.floats(0, 20))
def test_nothing_nearer_keeps_the_gaps(wanted: list[float], gap: float) -> None:
    """Else labels would stray from their lines for nothing. The oracle is scikit-learn's isotonic regression."""
    offsets = list(accumulate([gap] * (len(wanted) - 1), initial=0.0))
    levels = IsotonicRegression().fit_transform(range(len(wanted)), np.subtract(wanted, offsets))
    assert spread(wanted, [gap] * (len(wanted) - 1)) == pytest.approx(list(levels + offsets), abs=1e-6)


def test_what_is_apart_already_stays() -> None:
    """Else a picture would move for no reason."""
    assert spread([0.0, 10.0, 30.0], [10.0, 10.0]) == [0.0, 10.0, 30.0]


def test_names_stay_beside_the_axes() -> None:
    """If this fails, the names of twenty contenders that all end at 0 run out of the picture."""
    assert spread([0.0] * 3, [1.0, 1.0], (0.0, 9.0)) == [0.0, 1.0, 2.0]
    assert spread([9.0] * 3, [1.0, 1.0], (0.0, 9.0)) == [7.0, 8.0, 9.0]
    assert spread([0.0, 4.0, 9.0], [1.0, 1.0], (0.0, 9.0)) == [0.0, 4.0, 9.0]
