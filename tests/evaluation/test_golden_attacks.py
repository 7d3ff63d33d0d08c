"""Attacks go where they went."""

import json

import pytest
from golden_attacks import COURSES, GOLDEN, figures

ROUNDING = 1e-9
"""Hundreds of times what weights that are off by 1e-12 of themselves move (docs/explanation/determinism.md)."""


def test_every_course_has_been_written_down() -> None:
    """If this fails, an attack was added to the list and is compared with nothing."""
    assert json.loads(GOLDEN.read_text()).keys() == COURSES.keys()


def test_attacks_come_to_what_they_came_to() -> None:
    """If this fails, an attack takes another course: numbers of before and after are of different attacks.

    ``make golden`` if that is meant.
    """
    expected = json.loads(GOLDEN.read_text())
    for name, found in figures().items():
        assert len(found) == len(expected[name])
        for image, pair in enumerate(found):
            assert pair == pytest.approx(expected[name][image], abs=ROUNDING), f"{name}, image {image}"
