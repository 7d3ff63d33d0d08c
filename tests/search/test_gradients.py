"""The architecture gradient against slow, exact forms."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from dsrna.search.gradients import STEP, LowerStep, gradient, second_order

Setting = tuple[Tensor, list[Tensor], Callable[[list[Tensor]], Tensor], Callable[[list[Tensor]], Tensor]]


@pytest.fixture
def setting() -> Setting:
    """A small bilevel problem in float64: alpha, weights, upper and lower objective as functions of the weights."""
    draw = torch.Generator().manual_seed(0)

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=draw, dtype=torch.float64)

    alpha = normal(3).requires_grad_()
    weights = [normal(4, 3).requires_grad_(), normal(4).requires_grad_()]
    x, y = normal(8, 3), normal(8)

    def loss(parameters: list[Tensor], scale: float) -> Tensor:
        features = (x @ (parameters[0] * torch.softmax(alpha, dim=0)).T).tanh()
        return ((features @ parameters[1]) * scale - y).square().mean()

    return alpha, weights, lambda w: loss(w, 0.7) - 0.1 * w[1].square().sum(), lambda w: loss(w, 1.0)


def unrolled(setting: Setting, step: LowerStep) -> Tensor:
    """Differentiate through the lower level's step itself."""
    alpha, weights, upper, lower = setting
    gradients = torch.autograd.grad(lower(weights), weights, create_graph=True)
    ahead = []
    for weight, slope, buffer in zip(weights, gradients, step.buffers, strict=True):
        update = slope + step.weight_decay * weight
        update = update if buffer is None else step.momentum * buffer + update
        ahead.append(weight - step.learning_rate * update)
    return torch.autograd.grad(upper(ahead), alpha)[0]


def looked_ahead(setting: Setting, step: LowerStep) -> list[Tensor]:
    alpha, weights, upper, lower = setting
    return second_order(
        lambda ahead: gradient(upper(weights), [alpha, *ahead]), lambda: lower(weights), [alpha], weights, step
    )


def test_first_order_holds_the_weights(setting: Setting) -> None:
    """If this fails, a gradient is not that of the objective with the weights held."""
    alpha, weights, upper, _ = setting
    (found,) = gradient(upper(weights), [alpha])
    step = 1e-6
    expected = torch.zeros_like(alpha)
    with torch.no_grad():
        for index in range(len(alpha)):
            sides = []
            for sign in (1, -1):
                alpha[index] += sign * step
                sides.append(upper(weights))
                alpha[index] -= sign * step
            expected[index] = (sides[0] - sides[1]) / (2 * step)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("momentum", [True, False])
@pytest.mark.parametrize(("length", "error"), [(STEP, 5e-2), (1e-6, 1e-5)])
def test_second_order_is_the_unrolled_derivative(
    setting: Setting, momentum: bool, length: float, error: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, the one-step approximation is not Eq. 7 of DARTS, or forgets momentum or weight decay.

    The one-sided difference errs in proportion to its length; of a length near 0 nothing but the formula is left.
    """
    monkeypatch.setattr("dsrna.search.gradients.STEP", length)
    alpha, weights, upper, _ = setting
    buffers = [torch.ones_like(weight) if momentum else None for weight in weights]
    step = LowerStep(0.1, 0.9, 0.01, buffers)
    (found,) = looked_ahead(setting, step)
    expected = unrolled(setting, step)
    (plain,) = gradient(upper(weights), [alpha])
    assert (found - expected).abs().max() < error * (plain - expected).abs().max()


def test_second_order_hands_the_weights_back_bit_for_bit(setting: Setting) -> None:
    """If this fails, looking ahead moves the weights, and a run depends on how often it looked."""
    weights = setting[1]
    before = [weight.detach().clone() for weight in weights]
    step = LowerStep(0.1, 0.9, 0.01, [None, None])
    looked_ahead(setting, step)
    assert all(torch.equal(left, right) for left, right in zip(before, weights, strict=True))


def test_a_parameter_that_plays_no_part_gets_zeros(setting: Setting) -> None:
    """If this fails, a supernet without normal cells cannot be searched."""
    _, weights, upper, _ = setting
    idle = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    (found,) = gradient(upper(weights), [idle])
    assert torch.equal(found, torch.zeros_like(idle))
    assert not found.requires_grad, "torch before 2.13 would warn wherever it becomes a number"
