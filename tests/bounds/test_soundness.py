"""Nothing inside the ball crosses a bound: random networks and cells, against ascent, random points and corners.

``make soundness`` runs the same on thousands of cases.
"""

import math
from collections.abc import Iterator
from itertools import product

import pytest
import torch
from adversary import Effort, lowest_found
from jaxtyping import config
from random_networks import CLASSES, KINDS, SHAPE, images, randomised
from rows import Rows
from torch import Tensor, nn

from dsrna.bounds import METHODS
from dsrna.runtime.seeds import generator
from dsrna.spaces import ARCHITECTURES
from dsrna.threat import ThreatModel

THREATS = [
    *(ThreatModel(eps, math.inf) for eps in (1 / 255, 8 / 255, 0.3)),
    *(ThreatModel(eps, norm) for eps, norm in product((0.1, 1.5), (1.0, 2.0))),
]
BATCH = 10
SLACK = 1e-9


@pytest.fixture(autouse=True, scope="module")
def unchecked_shapes() -> Iterator[None]:
    """Shapes are checked by all other tests, a half million times an optimised network: here they would be the cost."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


def assert_never_crossed(model: nn.Module, x: Tensor, threat: ThreatModel) -> None:
    """Attack once, and hold every method against what was found."""
    rows = Rows.of(torch.arange(len(x)) % CLASSES, CLASSES)
    found = lowest_found(model, x, rows.matrix, threat, Effort())
    for method in METHODS.names():
        bound = rows.bounds(model, x, threat, method)
        assert (found >= bound - SLACK * (1 + bound.abs())).all(), f"{method} says what an attack refutes"


@pytest.mark.parametrize("seed", range(20))
def test_random_networks(seed: int) -> None:
    """An attack would find what a bound says cannot exist: 20 networks, ten images each, the threats in turn."""
    draw = generator(seed, "soundness")
    model = KINDS[seed % len(KINDS)](draw)
    assert_never_crossed(model, images(draw, BATCH), THREATS[seed % len(THREATS)])


@pytest.mark.parametrize("architecture", ARCHITECTURES.names()[1:3])
def test_published_architectures(architecture: str) -> None:
    """A published architecture's bound would be crossed; or it could not be traced."""
    draw = generator(0, "discrete", architecture)
    model = ARCHITECTURES[architecture].build(cells=1, channels=4, classes=CLASSES, in_channels=SHAPE[0])
    assert_never_crossed(randomised(model, draw), images(draw, 1), THREATS[1])
