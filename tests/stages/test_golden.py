"""The figures of a tiny run are those that were written down."""

import json

import pytest
from golden_run import GOLDEN, measured

CONTINUOUS = 1e-4
"""Relative: ten times what roundings of the first weights move (docs/explanation/determinism.md)."""

STEP = 2 ** (24 / 2**12) - 1
"""Relative: the last of twelve bisections of a radius, which a rounding takes or does not (``certified_radius``)."""

IMAGES = 0.025
"""Of shares of images: one of a hundred, or two of 120, may lie on the other side of a tie."""


def test_a_tiny_run_comes_to_what_it_came_to() -> None:
    """If this fails, a changed dependency, or a change here, changes results: `make golden` if that is meant."""
    expected, found = json.loads(GOLDEN.read_text()), measured()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        share = any(word in name for word in ("accuracy", "clean", "fgsm"))
        relative = STEP if "radius" in name else CONTINUOUS
        near = pytest.approx(value, abs=IMAGES) if share else pytest.approx(value, rel=relative)
        assert found[name] == near, name
