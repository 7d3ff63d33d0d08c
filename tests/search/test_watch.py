"""A collapse is seen while it happens."""

import math
from dataclasses import replace

import pytest
import torch

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.runtime.progress import Silent
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchEpoch, SearchSettings, search
from dsrna.search.watch import collapse, finite
from dsrna.spaces import SpaceSettings, Supernet

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
        ({"none": 0.18, "sep_conv_3x3": 0.82}, 0.8, "none has risen from 12% to 18%"),
        (
            {"none": 0.1, "avg_pool_3x3": 0.53, "sep_conv_3x3": 0.37},
            0.8,
            "parameters have risen from 50% to 63%",
        ),
        ({"none": 0.17, "avg_pool_3x3": 0.45, "sep_conv_3x3": 0.38}, 0.75, None),
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


class Heard(Silent):
    """A reporter that remembers epochs and sentences in their order."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        self.heard.append("an epoch")

    def say(self, text: str) -> None:
        self.heard.append(text)


def test_a_search_that_is_left_without_parameters_says_so() -> None:
    """If this fails, a collapse is never found, or not said while there is time to end the search, or said each epoch.

    It is looked for when it is known what would be returned.
    """
    settings = SearchSettings(method="darts", epochs=4, warmup_epochs=1, batch_size=8)
    space = SpaceSettings(cells=1, channels=2, nodes=2, operations=("skip_connect", "avg_pool_3x3"))
    with initialising(0):
        supernet = Supernet(space, classes=3, in_channels=1, generator=generator(1))
    draw = generator(2)
    images = TensorImages(torch.rand(16, 1, 4, 4, generator=draw), torch.randint(3, (16,), generator=draw))
    reporter = Heard()
    found = search(supernet, images, images, settings, reporter=reporter, label="stage 2")
    assert [row.collapse is not None for row in found.history] == [False, True, True, True]
    said = f"stage 2, epoch 2: {found.history[1].collapse}"
    assert reporter.heard == ["an epoch", "an epoch", said, "an epoch", "an epoch"]


def test_nothing_is_said_while_warming_up() -> None:
    """If this fails, searches are decried for the jitter of weights that have just begun to learn."""
    low = replace(START, validation_accuracy=0.1)
    assert collapse([START, low, low]) is None


def test_one_epoch_is_no_collapse() -> None:
    """If this fails, every search is warned of at its start."""
    assert collapse([START]) is None


def test_a_number_that_is_none_is_an_error() -> None:
    """If this fails, a search goes on after its loss exploded."""
    for value in (math.nan, math.inf, -1e20):
        with pytest.raises(UserError, match=f"training loss became {value:g}".replace("+", r"\+")):
            finite(value, "training loss")
    assert finite(-1e6, "training loss") == -1e6
