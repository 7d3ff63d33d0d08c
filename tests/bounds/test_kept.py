"""A trace that is kept says what a new one would."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from random_networks import KINDS, images
from torch import Tensor, nn

from dsrna.bounds import certified_radius, margin_bound, traces_kept
from dsrna.runtime.seeds import generator
from dsrna.testing.bounds import Applied

X = torch.rand(2, 4, dtype=torch.float64, generator=generator(0, "kept"))
Y = torch.tensor([0, 2])


def bound_and_gradients(model: nn.Module, x: Tensor, y: Tensor) -> list[Tensor]:
    bound = margin_bound(model, x, y, 0.01, method="crown-ibp")
    gradients = torch.autograd.grad(bound.sum(), list(model.parameters()), materialize_grads=True)
    return [bound.detach(), *gradients]


@torch.no_grad()
def change(model: nn.Module) -> None:
    """Change every tensor in place, as an optimizer and a training pass do."""
    for tensor in [*model.parameters(), *model.buffers()]:
        if tensor.is_floating_point():
            tensor.mul_(1.1).add_(0.05)


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_bounds_follow_the_weights(kind: int) -> None:
    """A search would maximise the bound of the weights that it had in its first step."""
    draw = generator(kind, "kept")
    model, x, y = KINDS[kind](draw), images(draw, 3), torch.tensor([0, 1, 3])
    with traces_kept():
        bound_and_gradients(model, x, y)
        change(model)
        again = bound_and_gradients(model, x.flip(0), y)
    torch.testing.assert_close(again, bound_and_gradients(model, x.flip(0), y))


def test_certificates_follow_the_weights() -> None:
    """Certificates, on a copy in float64, would be those of other weights."""
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)).eval()
    with traces_kept():
        certified_radius(model, X.float(), Y)
        change(model)
        again = certified_radius(model, X.float(), Y)
    torch.testing.assert_close(again, certified_radius(model, X.float(), Y))


class Weighted(nn.Module):
    """``x`` times what a function makes of a weight, as a model may compute it in passing."""

    def __init__(self, function: Callable[[Tensor, Tensor], Any]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[0.5, -0.2, 0.1, 0.4]] * 3, dtype=torch.float64))
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.function(self.weight, x))


class Sign(torch.autograd.Function):
    """Binary weights, through which gradients go straight."""

    @staticmethod
    def forward(_: Any, weight: Tensor) -> Tensor:
        return weight.sign()

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return gradient


def read(weight: Tensor, _: Tensor) -> Tensor:
    return weight if weight.sum().item() < 3 else -weight


def compared(weight: Tensor, _: Tensor) -> Tensor:
    return weight if weight.sum() < 3 else -weight


def straight_through(weight: Tensor, _: Tensor) -> Tensor:
    return Sign.apply(weight)  # type: ignore[no-any-return, no-untyped-call]


def without_gradient(weight: Tensor, _: Tensor) -> Tensor:
    with torch.no_grad():
        scale = weight.abs().amax()
    return weight / scale


def accumulated(weight: Tensor, x: Tensor) -> Tensor:
    total = x.new_zeros(3, 4)
    total += weight
    total[0] = 1.0
    return total.clone()


def of_several(weight: Tensor, _: Tensor) -> Tensor:
    first, *rest = weight.exp().unbind()
    return torch.stack([*rest, first.sort().values])


def made_a_parameter(weight: Tensor, _: Tensor) -> Tensor:
    return nn.Parameter(weight.detach() * 2)


def constant(weight: Tensor, x: Tensor) -> Tensor:
    return torch.arange(12, dtype=x.dtype).reshape(3, 4) * 0.1 + torch.zeros_like(x)[:1] + 0 * weight


@pytest.mark.parametrize(
    "function",
    [
        *(read, compared, straight_through, without_gradient, accumulated, of_several, made_a_parameter, constant),
    ],
)
def test_what_a_model_makes_of_its_weights_is_made_again(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    """A model that computes its weights, or chooses by them, would be bounded as it was at first; or lose gradients."""
    model = Weighted(function)
    with traces_kept():
        for _ in range(3):
            kept = bound_and_gradients(model, X, Y)
            torch.testing.assert_close(kept, bound_and_gradients(copy.deepcopy(model), X, Y))
            change(model)


def test_a_parameter_in_the_place_of_another_is_seen() -> None:
    """Loading weights by assignment would leave the bounds where they were."""
    model = nn.Linear(4, 3).double()
    with traces_kept():
        margin_bound(model, X, Y, 0.01)
        model.weight = nn.Parameter(-model.weight.detach())
        again = margin_bound(model, X, Y, 0.01)
    torch.testing.assert_close(again, margin_bound(model, X, Y, 0.01))


def test_a_trace_serves_its_own_shape_type_and_block() -> None:
    """A smaller last batch, or a model changed after the block, would be bounded by a trace that is not its own."""
    factors = [1.0]
    model = nn.Sequential(nn.Linear(4, 3), Applied(lambda x: x * factors[0])).double()
    before = margin_bound(model, X, Y, 0.01)
    with traces_kept():
        torch.testing.assert_close(margin_bound(model, X, Y, 0.01), before)
        torch.testing.assert_close(margin_bound(model, X[:1], Y[:1], 0.01), before[:1])
        torch.testing.assert_close(margin_bound(model.float(), X.float(), Y, 0.01), before.float())
        model.double()
    factors[0] = 2.0
    torch.testing.assert_close(margin_bound(model, X, Y, 0.01), 2 * before)


def test_a_model_runs_once() -> None:
    """Keeping traces would cost what it was made to save."""
    runs = []

    def counted(x: Tensor) -> Tensor:
        runs.append(1)
        return x

    model = nn.Sequential(Applied(counted), nn.Linear(4, 3)).double()
    with traces_kept():
        for _ in range(3):
            margin_bound(model, X, Y, 0.01)
    assert len(runs) == 1
