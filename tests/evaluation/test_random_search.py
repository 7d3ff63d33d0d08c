"""The cheap black box."""

import math

import pytest
import torch
from evaluation_cases import digits, network

from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.random_search import random_search
from dsrna.threat import ThreatModel, inside, random_start


@pytest.mark.parametrize(("eps", "norm"), [(0.2, math.inf), (1.5, 2.0), (8.0, 1.0)])
def test_it_finds_more_than_chance_inside_the_ball(eps: float, norm: float) -> None:
    """Else it cannot show that gradients are masked, or shows it by cheating."""
    x, y = digits().test.read(torch.arange(60)), digits().test.labels[:60]
    threat = ThreatModel(eps, norm)
    found = random_search(network(), x, y, threat)
    assert inside(found, x, threat).all()
    left, by_chance = (predictions(network(), each).eq(y).sum() for each in (found, random_start(x, threat, 0)))
    assert left < by_chance - 5


def test_the_same_seed_finds_the_same() -> None:
    """Else a check fails on one day and passes on another."""
    x, y = digits().test.read(torch.arange(5)), digits().test.labels[:5]
    first, second = (random_search(network(), x, y, ThreatModel(0.1), queries=20, seed=3) for _ in range(2))
    assert torch.equal(first, second)
