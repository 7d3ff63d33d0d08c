"""Lines and windows hold on their intervals, are exact where they can be, and as tight as is claimed."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations.lines import Lines, kinked, smooth
from dsrna.bounds.rules.activations import CURVATURE
from dsrna.bounds.rules.pooling import adaptive_windows, max_pool_windows
from dsrna.runtime.seeds import generator

ENDS = st.floats(-20, 20, allow_nan=False)
GRID = torch.linspace(0, 1, 2001, dtype=torch.float64)
SMOOTH: dict[str, Callable[[Tensor], Tensor]] = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu}
exhaustive = settings(max_examples=200)


def between(a: float, b: float) -> tuple[Interval, Tensor]:
    ends = torch.tensor([[min(a, b)], [max(a, b)]], dtype=torch.float64)
    return Interval.between(*ends), ends[0] + (ends[1] - ends[0]) * GRID


def holds(lines: Lines, values: Tensor, points: Tensor) -> bool:
    low = lines.lower_slope * points + (0 if lines.lower_offset is None else lines.lower_offset)
    high = lines.upper_slope * points + (0 if lines.upper_offset is None else lines.upper_offset)
    return bool((low <= values + 1e-9).all() and (values <= high + 1e-9).all())


@exhaustive
@given(ENDS, ENDS, st.sampled_from([0.0, 0.01, 0.3, 1.0]))
def test_kinked_functions_lie_between_their_lines(a: float, b: float, left: float) -> None:
    """A neuron's bound could be crossed: CROWN would be unsound on ReLU or leaky ReLU."""
    x, points = between(a, b)
    assert holds(kinked(x, left), F.leaky_relu(points, left), points)


@exhaustive
@given(ENDS, ENDS, st.sampled_from(list(SMOOTH)))
def test_smooth_functions_lie_between_their_lines(a: float, b: float, name: str) -> None:
    """A neuron's bound could be crossed between the points at which the function was looked at."""
    x, points = between(a, b)
    assert holds(smooth(SMOOTH[name], x, CURVATURE[name]), SMOOTH[name](points), points)


@pytest.mark.parametrize("name", SMOOTH)
def test_curvature_is_at_least_the_largest(name: str) -> None:
    """The room between two points would be too small."""
    points = torch.linspace(-8, 8, 200_001, dtype=torch.float64)
    values, step = SMOOTH[name](points), points[1] - points[0]
    found = ((values[2:] - 2 * values[1:-1] + values[:-2]) / step.square()).abs().max()
    assert 0.99 * CURVATURE[name] < found <= CURVATURE[name]
    tanh = F.gelu(points, approximate="tanh")
    assert ((tanh[2:] - 2 * tanh[1:-1] + tanh[:-2]) / step.square()).abs().max() <= CURVATURE["gelu"]


def lines_of(centre: Tensor, radius: Tensor) -> tuple[Tensor, ...]:
    lines = kinked(Interval(centre, radius), 0.2)
    assert lines.upper_offset is not None
    return lines.upper_slope, lines.upper_offset


def windows_of(centre: Tensor, radius: Tensor) -> tuple[Tensor, ...]:
    windows = max_pool_windows(Interval(centre, radius), 3, 2, 1)
    return windows.upper_slope, windows.upper_offset


@pytest.mark.parametrize("function", [lines_of, windows_of])
def test_lines_are_differentiable_twice(function: Callable[..., tuple[Tensor, ...]]) -> None:
    """A metric would be climbed along a wrong gradient, and the eigenvalue of a bounded loss be another's."""
    draw = generator(0, "lines")
    centre = torch.randn(2, 2, 4, 4, dtype=torch.float64, generator=draw, requires_grad=True)
    radius = torch.rand(2, 2, 4, 4, dtype=torch.float64, generator=draw, requires_grad=True)
    torch.autograd.gradcheck(function, (centre, radius))
    torch.autograd.gradgradcheck(function, (centre, radius))


def test_pulling_through_lines_is_differentiable_twice() -> None:
    """The same, on the way back; with slopes of each row's own, as when they are chosen by ascent."""
    draw = generator(1, "lines")
    adjoint, lower = (torch.randn(3, 2, 4, dtype=torch.float64, generator=draw, requires_grad=True) for _ in range(2))
    rest = [torch.randn(2, 4, dtype=torch.float64, generator=draw, requires_grad=True) for _ in range(3)]

    def pulled(adjoint: Tensor, lower: Tensor, below: Tensor, upper: Tensor, above: Tensor) -> tuple[Tensor, Tensor]:
        (back,), constant = Lines(lower, below, upper, above, adjoint[0] > 0).pull(adjoint)
        return back, constant

    torch.autograd.gradcheck(pulled, (adjoint, lower, *rest))
    torch.autograd.gradgradcheck(pulled, (adjoint, lower, *rest))


def test_relu_by_hand() -> None:
    """The chord from (-1, 0) to (3, 3), and the slope of the longer side."""
    lines = kinked(Interval.between(torch.tensor([-1.0, -3.0]), torch.tensor([3.0, 1.0])), 0.0)
    torch.testing.assert_close(lines.upper_slope, torch.tensor([0.75, 0.25]))
    torch.testing.assert_close(lines.upper_offset, torch.tensor([0.75, 0.75]))
    assert lines.lower_slope.tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(30))
def test_windows_hold(seed: int) -> None:
    """Max-pooling, overlapping, padded, dilated or adaptive, could be crossed: the usual libraries' weak spot."""
    draw = torch.Generator().manual_seed(seed)
    centre = torch.randn(2, 3, 6, 7, dtype=torch.float64, generator=draw)
    x = Interval(centre, torch.rand(centre.shape, dtype=torch.float64, generator=draw) * (seed % 5))
    cases: list[tuple[Any, Callable[[Tensor], Tensor]]] = [
        (max_pool_windows(x, 3, 1, 1), lambda z: F.max_pool2d(z, 3, 1, 1)),
        (max_pool_windows(x, 2, 2, ceil_mode=True), lambda z: F.max_pool2d(z, 2, 2, ceil_mode=True)),
        (max_pool_windows(x, 2, 1, 1, 2), lambda z: F.max_pool2d(z, 2, 1, 1, 2)),
        (adaptive_windows(x, (4, 3)), lambda z: F.adaptive_max_pool2d(z, (4, 3))),
    ]
    for windows, pool in cases:
        rows = torch.randn(5, *pool(centre).shape, dtype=torch.float64, generator=draw)
        (pulled,), constant = windows.pull(rows)
        for _ in range(20):
            z = x.centre + x.radius * (2 * torch.rand(centre.shape, dtype=torch.float64, generator=draw) - 1)
            found, bound = (rows * pool(z)).flatten(2).sum(2), (pulled * z).flatten(2).sum(2) + constant
            assert (found >= bound - 1e-9).all()


def test_a_window_with_one_candidate_is_exact() -> None:
    """Where one element is above all others nothing need be lost, and no backward pass be spent."""
    centre = torch.tensor([[[[5.0, 0.0], [0.0, 1.0]]]])
    windows = max_pool_windows(Interval(centre, torch.ones_like(centre)), 2)
    (pulled,), constant = windows.pull(torch.tensor([[[[[2.0]]]], [[[[-3.0]]]]]))
    assert pulled.flatten(1).tolist() == [[2, 0, 0, 0], [-3, 0, 0, 0]]
    assert not constant.any()
    assert not windows.loose()[0].any()
