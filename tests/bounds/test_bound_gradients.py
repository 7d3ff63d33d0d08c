"""Gradients of bounds and radii are those of what they return: against finite differences, in float64."""

import math

import pytest
import torch
from torch import Tensor

from dsrna.bounds import METHODS, certified_radius, margin_bound
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.testing.metrics import SmallSupernet

MODEL = SmallSupernet(generator(0, "gradients")).double()
X = 0.1 + 0.8 * torch.rand(3, 1, 5, 5, dtype=torch.float64, generator=generator(1, "gradients"))
with evaluating(MODEL), torch.no_grad():
    Y = MODEL(X).argmax(dim=1)
NAMES = ("alpha", "classifier.weight", "stem.0.weight")
DIFFERENTIABLE = [name for name in METHODS.names() if name != "alpha-crown"]


def slope_along(value: Tensor, directions: dict[str, Tensor]) -> Tensor:
    parameters = dict(MODEL.named_parameters())
    gradients = torch.autograd.grad(value, [parameters[name] for name in NAMES])
    return torch.stack([(grad * directions[name]).sum() for name, grad in zip(NAMES, gradients, strict=True)]).sum()


@torch.no_grad()
def moved(directions: dict[str, Tensor], step: float) -> None:
    parameters = dict(MODEL.named_parameters())
    for name in NAMES:
        parameters[name].add_(directions[name], alpha=step)


def check(value: object, seed: int, *, step: float, rtol: float) -> None:
    """Compare the derivative along a random direction of all parameters with a central difference."""
    draw = generator(seed, "direction")
    parameters = dict(MODEL.named_parameters())
    directions = {name: torch.randn(parameters[name].shape, dtype=torch.float64, generator=draw) for name in NAMES}
    expected = slope_along(value(), directions)  # type: ignore[operator]
    ends = []
    for sign in (1, -1):
        moved(directions, sign * step)
        with torch.no_grad():
            ends.append(value())  # type: ignore[operator]
        moved(directions, -sign * step)
    torch.testing.assert_close((ends[0] - ends[1]) / (2 * step), expected, rtol=rtol, atol=1e-7)


@pytest.mark.parametrize("method", DIFFERENTIABLE)
@pytest.mark.parametrize("norm", [math.inf, 2.0, 1.0])
def test_margin_bounds(method: str, norm: float) -> None:
    """Else a search or a training climbs something else than the bound it reports."""
    check(lambda: margin_bound(MODEL, X, Y, 0.03, norm=norm, method=method).sum(), 0, step=1e-6, rtol=1e-4)


@pytest.mark.parametrize("method", DIFFERENTIABLE)
def test_radii(method: str) -> None:
    """Else the implicit formula has the wrong sign, or the derivative of another root."""
    radius = certified_radius(MODEL, X, Y, method=method, steps=48)
    assert ((radius > 0) & (radius < 1)).all(), "the case must have radii to differentiate"
    check(lambda: certified_radius(MODEL, X, Y, method=method, steps=48).sum(), 1, step=1e-5, rtol=1e-3)


def test_alpha_crown_has_no_gradient() -> None:
    """Else a gradient that leaves out the slopes' choice is taken for that of the bound."""
    assert not margin_bound(MODEL, X, Y, 0.03, method="alpha-crown").requires_grad
    assert not certified_radius(MODEL, X, Y, method="alpha-crown", steps=2).requires_grad


def test_alpha_crown_is_no_looser_than_crown() -> None:
    """Else the ascent throws away the bound that it started from."""
    crown = margin_bound(MODEL, X, Y, 0.05, method="crown")
    assert (margin_bound(MODEL, X, Y, 0.05, method="alpha-crown") >= crown - 1e-9).all()


def test_radii_without_a_border_have_no_gradient() -> None:
    """Else an image at the end of what is sought gets the slope of a margin that is not 0 there."""
    radius = certified_radius(MODEL, X, Y, method="crown-ibp", max_eps=1e-4)
    assert (radius == 1e-4).all()
    gradient = torch.autograd.grad(radius.sum(), MODEL.alpha)[0]
    assert (gradient == 0).all()
