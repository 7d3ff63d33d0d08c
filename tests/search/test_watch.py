"""A collapse is seen while it happens."""

import math
from dataclasses import replace

import pytest

from dsrna.errors import UserError
from dsrna.search import SearchEpoch
from dsrna.search.watch import collapse, finite

START = SearchEpoch(
    epoch=1,
    epochs=3,
    loss=1.0,
    accuracy=0.5,
    validation_accuracy=0.8,
    robustness=None,
    shares={"none": 0.125, "skip_connect": 0.125, "max_pool_3x3": 0.125, "avg_pool_3x3": 0.125, "sep_conv_3x3": 0.5},
    warmup=True,
    seconds=1.0,
)


@pytest.mark.parametrize(
    ("shares", "accuracy", "sentence"),
    [
        ({"none": 0.26, "sep_conv_3x3": 0.74}, 0.8, "none has risen from 12% to 26%"),
        ({"none": 0.1, "avg_pool_3x3": 0.7, "sep_conv_3x3": 0.2}, 0.8, "without parameters have risen from 50% to 80%"),
        ({"none": 0.1, "sep_conv_3x3": 0.9}, 0.69, "accuracy has fallen from 80.0% to 69.0%"),
        ({"none": 0.2, "avg_pool_3x3": 0.5, "sep_conv_3x3": 0.3}, 0.75, None),
    ],
)
def test_a_collapse_is_named(shares: dict[str, float], accuracy: float, sentence: str | None) -> None:
    """If this fails, a search that computes nothing any more goes on for days unseen, or a sound one is decried."""
    found = collapse([START, replace(START, epoch=2, shares=shares, validation_accuracy=accuracy)])
    assert found is None if sentence is None else found is not None and sentence in found


def test_one_epoch_is_no_collapse() -> None:
    """If this fails, every search is warned of at its start."""
    assert collapse([START]) is None


def test_a_number_that_is_none_is_an_error() -> None:
    """If this fails, a search goes on after its loss exploded."""
    with pytest.raises(UserError, match="training loss became nan"):
        finite(math.nan, "training loss")
