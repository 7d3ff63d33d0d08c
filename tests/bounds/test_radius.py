"""The certified radius: exact for affine networks, sound for all."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import CLASSES, SHAPE, random_network
from torch import nn

from dsrna.bounds import certified_radius, margin_bound
from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.threat import ThreatModel, ascend, random_start


def linear(weight: list[list[float]], bias: list[float]) -> nn.Module:
    """A linear classifier, float64."""
    layer = nn.Linear(2, 2).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return nn.Sequential(nn.Flatten(), layer)


def test_the_radius_of_an_affine_network() -> None:
    """The bisection would stop short of the radius, or go past it: margin 0.3 over slope 2 is 0.15."""
    model = linear([[1, 0], [0, 1]], [0, 0])
    x = torch.tensor([[0.65, 0.35], [0.35, 0.65], [0.5, 0.5], [1, 0]], dtype=torch.float64)
    radius = certified_radius(model, x, torch.zeros(4, dtype=torch.long), steps=30)
    torch.testing.assert_close(radius, torch.tensor([0.15, 0, 0, 0.5], dtype=torch.float64), rtol=0, atol=1e-7)
    assert radius[0] < 0.15


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from([1.0, 2.0, math.inf]))
def test_the_bound_is_positive_at_the_radius(seed: int, norm: float) -> None:
    """A certificate would be given at a radius where nothing was proven, or where an attack succeeds."""
    draw = generator(seed, "radius")
    model = random_network(draw, blocks=2)
    x = torch.rand(3, *SHAPE, dtype=torch.float64, generator=draw)
    with evaluating(model):
        y = model(x).argmax(dim=1)
        y[0] = (y[0] + 1) % CLASSES
        radius = certified_radius(model, x, y, norm=norm, steps=12)
        assert radius[0] == 0
        found = radius > 0
        assert (margin_bound(model, x, y, radius, norm=norm)[found] > 0).all()
        for image, label, eps in zip(x[found], y[found], radius[found].tolist(), strict=True):
            threat = ThreatModel(eps, norm)

            def wrong(points: torch.Tensor, label: torch.Tensor = label) -> torch.Tensor:
                return nn.functional.cross_entropy(model(points), label[None], reduction="none")

            start = random_start(image[None], threat, seed)
            worst = ascend(wrong, image[None], threat, steps=3, step_size=eps, start=start)
            assert model(worst).argmax() == label


def test_the_model_and_its_gradients_stay_as_they_are() -> None:
    """Certifying would turn a float32 model into float64, change its mode, or leave a graph behind."""
    model = random_network(generator(5, "radius")).float()
    radius = certified_radius(model, torch.rand(2, *SHAPE, generator=generator(6)), torch.tensor([0, 1]), steps=3)
    assert radius.dtype == torch.float64
    assert model.training
    assert all(parameter.dtype == torch.float32 and parameter.grad is None for parameter in model.parameters())


def test_a_margin_as_small_as_rounding_is_no_certificate() -> None:
    """A tie in exact arithmetic, decided by rounding alone, would be certified."""
    model = linear([[1, 1e-13], [1, 0]], [0, 0])
    x = torch.full((1, 2), 0.5, dtype=torch.float64)
    y = torch.tensor([0])
    assert margin_bound(model, x, y, 0.0) > 0
    assert certified_radius(model, x, y) == 0


def test_never_beyond_max_eps() -> None:
    """A network that ignores its input would get a radius beyond what was tried."""
    model = linear([[0, 0], [0, 0]], [1, 0])
    x = torch.full((2, 2), 0.5, dtype=torch.float64)
    assert certified_radius(model, x, torch.tensor([0, 1]), max_eps=0.25, steps=5).tolist() == [0.25, 0]


def test_mistakes_are_one_line() -> None:
    """A negative number of steps would be taken for none."""
    with pytest.raises(UserError, match="steps must not be negative"):
        certified_radius(nn.Flatten(), torch.rand(1, 2), torch.tensor([0]), steps=-1)
    with pytest.raises(UserError, match="did you mean 8/255"):
        certified_radius(nn.Flatten(), torch.rand(1, 2), torch.tensor([0]), max_eps=8.0)
