"""Counts and their intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrna.errors import UserError
from dsrna.evaluation import Count


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval(correct: int, total: int, low: float, high: float) -> None:
    """Else the intervals in the report are not what they say. The last row: Newcombe 1998, table I, example (a)."""
    assert Count(correct, total).interval() == pytest.approx((low, high), abs=5e-5)


@given(total=st.integers(1, 10**6), data=st.data())
def test_an_interval_holds_the_accuracy(total: int, data: st.DataObject) -> None:
    """Else a plot's error bar misses its own point, or leaves [0, 1]."""
    count = Count(data.draw(st.integers(0, total)), total)
    low, high = count.interval()
    assert 0 <= low <= count.accuracy + 1e-12
    assert count.accuracy - 1e-12 <= high <= 1


@pytest.mark.parametrize(("correct", "total"), [(2, 1), (-1, 1), (0, 0)])
def test_an_impossible_count_is_refused(correct: int, total: int) -> None:
    """Else a damaged result file divides by zero in the report."""
    with pytest.raises(UserError, match=f"{correct}/{total}"):
        Count(correct, total)
