"""The box that stands for a ball."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrna.bounds.ball import Ball
from dsrna.runtime.seeds import generator
from dsrna.threat import ThreatModel, random_start


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.sampled_from([1.0, 2.0, math.inf]), st.floats(0, 1))
def test_the_box_holds_the_ball(seed: int, norm: float, eps: float) -> None:
    """Some allowed inputs would lie outside the box that is bounded: every bound would be unsound."""
    x = torch.rand(3, 2, 4, dtype=torch.float64, generator=generator(seed, "ball"))
    box = Ball(x, torch.full((3,), eps, dtype=torch.float64), norm).box()
    point = random_start(x, ThreatModel(eps, norm), seed)
    assert (point >= box.lower - 1e-12).all()
    assert (point <= box.upper + 1e-12).all()
    assert box.lower.min() >= -1e-12
    assert box.upper.max() <= 1 + 1e-12


def test_each_example_has_its_radius() -> None:
    """A radius of one example would be used for another."""
    x = torch.full((2, 3), 0.5, dtype=torch.float64)
    box = Ball(x, torch.tensor([0.0, 0.75], dtype=torch.float64), math.inf).box()
    assert box.radius.tolist() == [[0, 0, 0], [0.5, 0.5, 0.5]]
    assert box.centre.equal(x)
