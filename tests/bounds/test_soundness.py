"""Nothing inside the ball crosses a bound: random networks and cells, against ascent and random points."""

import math
from itertools import product

import pytest
import torch
from random_networks import CLASSES, SHAPE, random_network, randomise
from torch import Tensor, nn

from dsrna.bounds import METHODS, margin_bound, output_bounds
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.spaces import ARCHITECTURES, SpaceSettings, Supernet
from dsrna.threat import ThreatModel, ascend
from dsrna.threat.ball import random_start

THREATS = [
    *(ThreatModel(eps, math.inf) for eps in (1 / 255, 8 / 255, 0.3)),
    *(ThreatModel(eps, norm) for eps, norm in product((0.1, 1.5), (1.0, 2.0))),
]
BATCH = 4
SLACK = 1e-9


def attacked(model: nn.Module, x: Tensor, threat: ThreatModel, direction: Tensor) -> Tensor:
    """The input in the ball that ascent finds for ``direction @ logits``, from a random start."""

    def objective(points: Tensor) -> Tensor:
        logits: Tensor = model(points)
        return (logits * direction).sum(dim=1)

    start = random_start(x, threat, seed=1)
    return ascend(objective, x, threat, steps=4, step_size=threat.eps / 2, start=start)


def assert_never_crossed(model: nn.Module, x: Tensor, threat: ThreatModel, method: str, seed: int) -> None:
    draw = generator(seed, "directions")
    y = torch.randint(CLASSES, (len(x),), generator=draw)
    lower, upper = output_bounds(model, x, threat.eps, norm=threat.norm, method=method)
    margins = margin_bound(model, x, y, threat.eps, norm=threat.norm, method=method)
    other = torch.stack([torch.tensor([t for t in range(CLASSES) if t != label]) for label in y.tolist()])
    with evaluating(model):
        for _ in range(2):
            direction = torch.randn(len(x), CLASSES, dtype=x.dtype, generator=draw).sign()
            logits = model(attacked(model, x, threat, direction)).detach()
            assert (logits >= lower - SLACK * (1 + lower.abs())).all(), "below the lower bound"
            assert (logits <= upper + SLACK * (1 + upper.abs())).all(), "above the upper bound"
            found = logits.gather(1, y[:, None]) - logits.gather(1, other)
            assert (found >= margins - SLACK * (1 + margins.abs())).all(), "below the margin bound"


@pytest.mark.parametrize("method", METHODS.names())
@pytest.mark.parametrize("seed", range(60))
def test_random_networks(method: str, seed: int) -> None:
    """An attack would find what a bound says cannot exist: 60 networks, four images each, the threats in turn."""
    draw = generator(seed, "soundness")
    model = random_network(draw)
    x = torch.rand(BATCH, *SHAPE, dtype=torch.float64, generator=draw).round(decimals=2)
    assert_never_crossed(model, x, THREATS[seed % len(THREATS)], method, seed)


@pytest.mark.parametrize("method", METHODS.names())
@pytest.mark.parametrize("partial_channels", [1, 2])
def test_supernets(method: str, partial_channels: int) -> None:
    """A bound of a supernet, with all operations mixed, would be crossed; or the supernet could not be traced."""
    draw = generator(partial_channels, "supernet")
    settings = SpaceSettings(cells=2, channels=4, nodes=2, partial_channels=partial_channels)
    model = Supernet(settings, classes=CLASSES, in_channels=2, mean=[0.4, 0.5], std=[0.2, 0.3], generator=draw).double()
    randomise(model, draw)
    x = torch.rand(2, *SHAPE, dtype=torch.float64, generator=draw)
    assert_never_crossed(model, x, THREATS[1], method, seed=0)


@pytest.mark.parametrize("method", METHODS.names())
@pytest.mark.parametrize("architecture", ARCHITECTURES.names()[:3])
def test_discrete_networks(method: str, architecture: str) -> None:
    """A published architecture's bound would be crossed; or it could not be traced."""
    draw = generator(0, "discrete", architecture)
    model = ARCHITECTURES[architecture].build(cells=2, channels=4, classes=CLASSES, in_channels=2).double()
    randomise(model, draw)
    x = torch.rand(2, *SHAPE, dtype=torch.float64, generator=draw)
    assert_never_crossed(model, x, THREATS[1], method, seed=0)
