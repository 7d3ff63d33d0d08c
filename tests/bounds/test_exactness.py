"""Bounds held against the truth, where the truth can be had: formulas, hand computations, linear programs."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from linear_minimum import linear_minimum
from random_networks import CLASSES, images, random_network, randomised
from relu_minimum import true_minimum
from rows import Rows
from torch import Tensor, nn
from triangle_minimum import triangle_minimum

from dsrna.bounds import METHODS, margin_bound
from dsrna.runtime.seeds import generator
from dsrna.threat import ThreatModel

RELAXED = [name for name in METHODS.names() if name != "interval"]
POLYHEDRAL = [1.0, math.inf]
NORMS = [*POLYHEDRAL, 2.0]
SEEDS = st.integers(0, 10_000)
SLACK = 1e-6
"""What the solver of the linear programs may be off by."""


def bounded(model: nn.Module, x: Tensor, eps: float, norm: float, method: str) -> float:
    """The bound of the first output minus the second."""
    zero = torch.zeros(1, dtype=torch.long)
    return float(margin_bound(model, x, zero, eps, norm=norm, method=method, targets=zero + 1).detach())


def network(*layers: nn.Module, seed: int) -> nn.Module:
    return randomised(nn.Sequential(*layers), generator(seed, "exactness")).eval()


def image(seed: int, *shape: int) -> Tensor:
    """One image whose pixels are, some of them, at the edge of the box."""
    draw = generator(seed, "exactness", "image")
    return (1.4 * torch.rand(1, *shape, dtype=torch.float64, generator=draw) - 0.2).clamp(0, 1)


def first_minus_second(model: nn.Module, x: Tensor, eps: float, norm: float) -> float:
    """The true minimum of the first output minus the second where the model is affine all over the ball."""
    centre = x.detach().requires_grad_()
    logits = model(centre)[0]
    value = logits[0] - logits[1]
    (gradient,) = torch.autograd.grad(value, centre)
    slope, flat = gradient.flatten().numpy(), x.flatten().numpy()
    return float(value.detach()) - float(slope @ flat) + linear_minimum(slope, flat, eps, norm)


def affine(seed: int) -> nn.Module:
    return network(
        nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
        nn.BatchNorm2d(4),
        nn.AvgPool2d(3, 1, 1, count_include_pad=False),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2),
        nn.ChannelShuffle(2),
        nn.Flatten(),
        nn.Linear(36, 3),
        seed=seed,
    )


@pytest.mark.parametrize("method", RELAXED)
@settings(max_examples=15)
@given(SEEDS, st.floats(0, 1), st.sampled_from(NORMS))
def test_relaxations_are_exact_for_affine_networks(method: str, seed: int, eps: float, norm: float) -> None:
    """The slope of a linear layer, or the minimum over ball and box, would be wrong or needlessly loose."""
    model, x = affine(seed), image(seed, 2, 5, 5)
    truth = first_minus_second(model, x, eps, norm)
    assert bounded(model, x, eps, norm, method) == pytest.approx(truth, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("method", METHODS.names())
@settings(max_examples=10)
@given(SEEDS, st.floats(0, 1))
def test_every_method_is_exact_for_one_layer(method: str, seed: int, eps: float) -> None:
    """The specification would not be folded into the last layer, or a pixel would be free to leave [0, 1]."""
    model, x = network(nn.Flatten(), nn.Linear(8, 3), seed=seed), image(seed, 2, 2, 2)
    truth = first_minus_second(model, x, eps, math.inf)
    assert bounded(model, x, eps, math.inf, method) == pytest.approx(truth, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("method", RELAXED)
@pytest.mark.parametrize("norm", NORMS)
def test_relaxations_are_exact_where_no_neuron_is_unstable(method: str, norm: float) -> None:
    """A neuron that is proven on or off would be relaxed all the same."""
    model, x = random_network(generator(6, "exactness"), blocks=4).eval(), image(0, 2, 5, 5)
    truth = first_minus_second(model, x, 1e-7, norm)
    assert bounded(model, x, 1e-7, norm, method) == pytest.approx(truth, abs=1e-10)


class TinyCell(nn.Module):
    """Two convolutions of which the second is gone around, batch norm, an average, a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 1, (2, 1)), nn.Conv2d(1, 1, 3, padding=1)
        self.norm, self.before, self.after = nn.BatchNorm2d(1), nn.ReLU(), nn.ReLU()
        self.pool, self.classifier = nn.AvgPool2d(2, 1, 1), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(self.norm(self.first(x)))
        x = self.after(0.7 * self.second(x) - x)
        logits: Tensor = self.classifier(self.pool(x).flatten(1))
        return logits


def small_networks(seed: int) -> list[nn.Module]:
    dense = (nn.Flatten(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    return [network(*dense, seed=seed), network(TinyCell(), seed=seed)]


@pytest.mark.parametrize("norm", POLYHEDRAL)
@pytest.mark.parametrize("seed", range(3))
def test_no_bound_lies_above_the_true_minimum(seed: int, norm: float) -> None:
    """A bound would be unsound where sampling may not see it: the truth is a linear program an activation pattern."""
    x, eps = image(seed, 1, 2, 3), (0.1, 0.3, 0.8)[seed]
    for model in small_networks(seed):
        truth = true_minimum(model, torch.tensor([1.0, -1.0], dtype=torch.float64), x, eps, norm)
        for method in METHODS.names():
            assert bounded(model, x, eps, norm, method) <= truth + SLACK, method


@pytest.mark.parametrize("norm", POLYHEDRAL)
@pytest.mark.parametrize("seed", range(4))
def test_optimised_slopes_reach_the_best_relaxation_of_one_layer(seed: int, norm: float) -> None:
    """The slopes would be optimised badly or beyond what is sound; with one hidden layer the optimum is known."""
    hidden, last = nn.Linear(6, 8), nn.Linear(8, 2)
    model, x = network(nn.Flatten(), hidden, nn.ReLU(), last, seed=seed), image(seed, 1, 2, 3)
    weight, bias = last.weight.detach(), last.bias.detach()
    best = triangle_minimum(hidden, weight[0] - weight[1], x, 0.4, norm) + float(bias[0] - bias[1])
    found = {name: bounded(model, x, 0.4, norm, name) for name in RELAXED}
    assert all(value <= best + SLACK for value in found.values()), found
    assert found["alpha-crown"] >= best - 0.1 * (best - min(found.values())) - SLACK


HAND_WORKED = {"interval": -1.0, "crown-ibp": -1.0, "crown": -1.0, "fast-lin": -0.875, "alpha-crown": -0.75}


@pytest.mark.parametrize("method", METHODS.names())
def test_a_case_worked_by_hand(method: str) -> None:
    """A method would take other slopes than the ones its paper says.

    ``h1 - h2`` with ``h1 = ReLU(x1 + x2 - 1/2)``, in [-1/2, 3/2] before, ``h2 = ReLU(x1 - x2)``, in [-1, 1] before, and
    both pixels in [0, 1]. The upper line of ``h2`` is ``(x1 - x2 + 1) / 2``, the lower line of ``h1`` is
    ``a (x1 + x2 - 1/2)``: the bound is ``min (a - 1/2) x1 + (a + 1/2) x2 - a/2 - 1/2``, which is ``a/2 - 1`` up to
    a = 1/2 and ``-(a + 1)/2`` from there. CROWN takes a = 1 as 3/2 > 1/2, fast-lin 3/4 for 3/2 of 2; the best is 1/2.
    Intervals say 0 - 1. The truth is -1/2.
    """
    first, last = nn.Linear(2, 2), nn.Linear(2, 2, bias=False)
    model = nn.Sequential(first, nn.ReLU(), last).double()
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
        first.bias.copy_(torch.tensor([-0.5, 0.0]))
        last.weight.copy_(torch.eye(2))
    half = torch.full((1, 2), 0.5, dtype=torch.float64)
    assert true_minimum(model, torch.tensor([1.0, -1.0], dtype=torch.float64), half, 0.5, math.inf) == -0.5
    tolerance = 0.01 if method == "alpha-crown" else 1e-12
    assert bounded(model, half, 0.5, math.inf, method) == pytest.approx(HAND_WORKED[method], abs=tolerance)


@pytest.mark.parametrize("method", METHODS.names())
@pytest.mark.parametrize(
    ("slope", "offset", "sign", "truth"),
    [
        (2.0, 0.1, 1.0, 0.1),  # always on
        (2.0, -3.0, -1.0, 0.0),  # always off
        (2.0, -1.0, -1.0, -1.0),  # the chord touches the graph at both ends
        (-3.0, 1.0, -1.0, -1.0),
        (2.0, -1.5, 1.0, 0.0),  # more off than on: the lower line is 0
    ],
)
def test_one_neuron_is_exact(method: str, slope: float, offset: float, sign: float, truth: float) -> None:
    """A relaxation would not touch the graph of a ReLU where it should."""
    first, last = nn.Linear(1, 1), nn.Linear(1, 2, bias=False)
    model = nn.Sequential(first, nn.ReLU(), last).double()
    with torch.no_grad():
        first.weight.fill_(slope)
        first.bias.fill_(offset)
        last.weight.copy_(torch.tensor([[sign], [0.0]]))
    assert bounded(model, torch.full((1, 1), 0.5, dtype=torch.float64), 0.5, math.inf, method) == pytest.approx(truth)


LADDER = ("interval", "crown-ibp", "crown", "alpha-crown")


@settings(max_examples=12)
@given(SEEDS, st.floats(0, 0.5), st.sampled_from(NORMS))
def test_a_dearer_method_is_no_looser(seed: int, eps: float, norm: float) -> None:
    """More work would buy a worse bound."""
    draw = generator(seed, "ladder")
    model, x = random_network(draw, blocks=4), images(draw, 2)
    rows = Rows.of(torch.tensor([0, 1]), CLASSES)
    bounds = [rows.bounds(model, x, ThreatModel(eps, norm), name) for name in LADDER]
    for cheap, dear in pairwise(bounds):
        assert (dear >= cheap - 1e-9 * (1 + cheap.abs())).all()
