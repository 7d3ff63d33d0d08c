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
        ({"none": 0.2, "avg_pool_3x3": 0.5, "sep_conv_3x3": 0.3}, 0.75, None),
    ],
)
def test_a_collapse_is_named(shares: dict[str, float], accuracy: float, sentence: str | None) -> None:
    """If this fails, a search that computes nothing any more goes on for days unseen, or a sound one is decried."""
    found = collapse([START, replace(START, epoch=2, shares=shares, validation_accuracy=accuracy, warmup=False)])
    assert found is None if sentence is None else found is not None and sentence in found


def test_accuracy_that_stays_down_is_a_collapse() -> None:
    """If this fails, one bad epoch is called a collapse, or a supernet that has forgotten everything is not."""
    low = replace(START, epoch=2, validation_accuracy=0.69, warmup=False)
    assert collapse([START, low]) is None
    said = collapse([START, low, replace(low, epoch=3)])
    assert said == "validation accuracy has fallen from 80.0% to 69.0%"


FREE_CELL = "[('avg_pool_3x3', 0), ('skip_connect', 1)]"
KEPT_CELL = "[('avg_pool_3x3', 0), ('sep_conv_3x3', 1)]"


@pytest.mark.parametrize(("normal", "fallen"), [(FREE_CELL, True), (KEPT_CELL, False)])
def test_an_architecture_without_parameters_is_a_collapse(normal: str, *, fallen: bool) -> None:
    """If this fails, a search that is left with pooling alone is not announced, for its shares moved little."""
    text = f"Genotype(normal={normal}, normal_concat=[2], reduce={FREE_CELL}, reduce_concat=[2])"
    row = replace(START, epoch=2, warmup=False, genotype=text)
    said = collapse([START, row])
    assert said is None if not fallen else said is not None and said.startswith("no operation with parameters")


def test_nothing_is_said_while_warming_up() -> None:
    """If this fails, searches are decried for the jitter of weights that have just begun to learn."""
    low = replace(START, validation_accuracy=0.1)
    assert collapse([START, low, low]) is None


def test_one_epoch_is_no_collapse() -> None:
    """If this fails, every search is warned of at its start."""
    assert collapse([START]) is None


def test_a_number_that_is_none_is_an_error() -> None:
    """If this fails, a search goes on after its loss exploded."""
    with pytest.raises(UserError, match="training loss became nan"):
        finite(math.nan, "training loss")
