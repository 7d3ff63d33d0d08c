"""What the first layer makes of a ball that is no box, held against the norms of its rows by autograd."""

import math
from collections.abc import Callable

import pytest
import torch
from random_networks import randomised
from torch import Tensor, nn

from dsrna.bounds import output_bounds
from dsrna.bounds.ball import Ball
from dsrna.bounds.passes.first_layer import first_layer
from dsrna.bounds.problem import Problem
from dsrna.bounds.tracing.trace import trace
from dsrna.runtime.seeds import generator
from dsrna.testing.bounds import Applied

X = 0.3 + 0.4 * torch.rand(3, 2, 5, 6, dtype=torch.float64, generator=generator(0, "first layer"))
EPS = torch.tensor([0.0, 0.05, 0.2], dtype=torch.float64)
FACTORS = torch.tensor([0.5, -2.0], dtype=torch.float64)[:, None, None]

MODELS: dict[str, Callable[[], nn.Module]] = {
    "convolution": lambda: nn.Conv2d(2, 3, 3, stride=2, padding=1),
    "in groups, dilated": lambda: nn.Conv2d(2, 4, 3, padding=2, dilation=2, groups=2, bias=False),
    "rows": lambda: nn.Linear(6, 4),
    "all pixels": lambda: nn.Sequential(nn.Flatten(), nn.Linear(60, 4)),
    "normalised": lambda: nn.Sequential(Applied(lambda x: (x - 0.4) / FACTORS.abs()), nn.Conv2d(2, 3, 3)),
    "moved and turned": lambda: nn.Sequential(
        Applied(lambda x: 1 - FACTORS * x),
        nn.BatchNorm2d(2),
        Applied(lambda x: -x.reshape(len(x), -1)),
        nn.Linear(60, 4),
    ),
}


def images(model: nn.Module, norm: float) -> list[tuple[Tensor, Tensor]]:
    """Centre and radius of everything that is found."""
    found = first_layer(Problem(trace(model, X), Ball(X, EPS, norm)))
    return [(interval.centre, interval.radius) for interval in found.values()]


@pytest.mark.parametrize("name", MODELS)
def test_a_result_moves_by_the_norm_of_its_row(name: str) -> None:
    """If this fails, an L2 bound is loose by what it was before, or false."""
    model = randomised(MODELS[name](), generator(1, "first layer")).eval()
    ((centre, radius),) = images(model, 2.0)
    torch.testing.assert_close(centre, model(X))
    rows = torch.autograd.functional.jacobian(model, X[:1])  # type: ignore[no-untyped-call]
    rows = rows.flatten(-4).flatten(0, -2)
    expected = EPS[:, None] * torch.linalg.vector_norm(rows, dim=-1)
    torch.testing.assert_close(radius.flatten(1), expected)


def test_boxes_need_no_help() -> None:
    """If this fails, an L-inf bound pays for what it has already."""
    assert images(MODELS["convolution"]().double(), math.inf) == []


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + x[:, [1, 0]],
        lambda x: torch.cat([x, x], dim=1)[:, 1:3],
        lambda x: torch.cat(2 * [x.mean(1, keepdim=True)], dim=1),
        lambda x: x[:, :1] + torch.zeros(1, 2, 1, 1, dtype=x.dtype),
        torch.relu,
    ],
    ids=["added", "twice", "averaged", "broadcast", "not linear"],
)
def test_what_is_not_apart_is_left_to_boxes(function: Callable[[Tensor], Tensor]) -> None:
    """If this fails, pixels that move together are taken for independent ones: the bound is false."""
    assert images(nn.Sequential(Applied(function), nn.Conv2d(2, 3, 3).double()), 2.0) == []


@pytest.mark.parametrize("norm", [1.0, 2.0])
@pytest.mark.parametrize("method", ["interval", "crown-ibp"])
def test_bounds_are_narrower_than_those_of_the_box(norm: float, method: str) -> None:
    """If this fails, a bound under L1 or L2 is that of the box around the ball, many times too wide."""
    layers = nn.Conv2d(2, 6, 3, padding=1), nn.Sigmoid(), nn.Conv2d(6, 2, 3), nn.Flatten(), nn.Linear(24, 3)
    model = randomised(nn.Sequential(*layers), generator(2, "first layer")).eval()
    lower, upper = output_bounds(model, X, EPS, norm=norm, method=method)
    boxed = output_bounds(model, X, EPS, method=method)
    assert (lower >= boxed[0] - 1e-12).all()
    assert (upper <= boxed[1] + 1e-12).all()
    assert ((upper - lower)[1:] < 0.5 * (boxed[1] - boxed[0])[1:]).all()


def test_weights_of_zero_have_a_gradient() -> None:
    """If this fails, certified training under L2 ends in NaN where a channel has died."""
    first = nn.Conv2d(2, 2, 3)
    nn.init.zeros_(first.weight)
    model = nn.Sequential(first, nn.Flatten(), nn.Linear(24, 3)).double()
    lower, _ = output_bounds(model, X, EPS, norm=2.0, method="interval")
    (gradient,) = torch.autograd.grad(lower.sum(), [first.weight])
    assert gradient.isfinite().all()
