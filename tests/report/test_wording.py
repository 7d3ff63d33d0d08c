"""Numbers as people read them."""

import math

import pytest

from dsrna.report import wording


def test_shares_are_percentages() -> None:
    """Else accuracies would be read in another unit."""
    assert wording.percent(0.9834) == "98.3\N{NARROW NO-BREAK SPACE}%"
    assert wording.percent_range((0.964, 0.992)) == "96.4\N{EN DASH}99.2\N{NARROW NO-BREAK SPACE}%"


def test_radii_go_by_their_norm() -> None:
    """Else an L2 radius would be written as a fraction of one pixel's range."""
    assert wording.radius(math.inf, 1 / 255) == "1.00/255"
    assert wording.radius(2.0, 0.4288) == "0.429"
    assert wording.radius(2.0, 0.0) == "0.000"
    assert wording.radius(2.0, 0.0001) == "0.0001"
    assert wording.ball(math.inf, 8 / 255) == "L\N{INFINITY} eps 8/255"
    assert wording.ball(2.0, 0.5) == "L2 eps 0.5"


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.44, "3.4 s"), (59.97, "1 min 00 s"), (125.0, "2 min 05 s"), (3661.0, "1 h 01 min")]
)
def test_times_are_short(seconds: float, text: str) -> None:
    """Else a day's search would be given in seconds."""
    assert wording.duration(seconds).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2816, "282 ms"), (0.0123, "12 ms"), (0.00004, "0.04 ms"), (3.44, "3.4 s")]
)
def test_the_time_of_one_image_may_be_below_a_second(seconds: float, text: str) -> None:
    """Else what an image costs is given as 0.0 seconds."""
    assert wording.short_duration(seconds).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("name", "words"),
    [("sep_conv_3x3", "sep conv 3\N{MULTIPLICATION SIGN}3"), ("none", "none"), ("skip_connect", "skip connect")],
)
def test_operations_are_words(name: str, words: str) -> None:
    """Else labels would be written in code."""
    assert wording.operation(name) == words
