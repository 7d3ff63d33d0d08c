"""What a bound rule must do: hold at every point of every box that is tried, and be exact where the box is a point."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from dsrna.bounds.interval import Interval
from dsrna.bounds.tape import Tape
from dsrna.bounds.trace import trace

BOXES = 6
POINTS = 64


class Applied(nn.Module):
    """A function of one tensor as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def check_rule(
    function: Callable[[Tensor], Tensor], shape: tuple[int, ...], *, generator: torch.Generator, spread: float = 3.0
) -> Tape:
    """Raise ``AssertionError`` where an interval of ``function`` is crossed, malformed, or not differentiable.

    ``function`` uses the operation under test on a tensor of ``shape``; boxes are drawn around ``spread`` times normal
    centres, in float64, and tried at their corners and at points inside. Returns the tape, which shows what was tried.
    """
    for _ in range(BOXES):
        centre = spread * torch.randn(shape, dtype=torch.float64, generator=generator)
        radius = torch.rand(shape, dtype=torch.float64, generator=generator)
        tape = trace(Applied(function), centre)
        _check_point(tape, centre)
        _check_box(tape, function, Interval(centre, radius), generator)
        _check_gradient(tape, centre, radius)
    return tape


def _check_point(tape: Tape, centre: Tensor) -> None:
    result = tape.propagate(Interval(centre, torch.zeros_like(centre)))
    assert result.centre.shape == result.radius.shape == tape.clean.shape, "an interval has the shape of the result"
    torch.testing.assert_close(result.centre, tape.clean, msg="around a point the centre must be the result")
    assert result.radius.abs().max() < 1e-9, "around a point the radius must be 0"


def _check_box(tape: Tape, function: Callable[[Tensor], Tensor], box: Interval, generator: torch.Generator) -> None:
    bound = tape.propagate(box)
    assert (bound.radius >= 0).all(), "a radius must not be negative"
    slack = 1e-9 * (1 + bound.centre.abs() + bound.radius)
    for point in _points(box, generator):
        value = function(point.clone())
        assert (value >= bound.lower - slack).all(), "a value lies below the lower bound"
        assert (value <= bound.upper + slack).all(), "a value lies above the upper bound"


def _points(box: Interval, generator: torch.Generator) -> Iterator[Tensor]:
    """Inner points, and corners: extremes hide in corners."""
    for number in range(POINTS):
        where = 2 * torch.rand(box.centre.shape, dtype=torch.float64, generator=generator) - 1
        yield box.centre + box.radius * (where.sign() if number % 2 else where)


def _check_gradient(tape: Tape, centre: Tensor, radius: Tensor) -> None:
    ends = (centre.clone().requires_grad_(), radius.clone().requires_grad_())
    bound = tape.propagate(Interval(*ends))
    gradients = torch.autograd.grad((bound.lower.sum(), bound.upper.sum()), ends, allow_unused=True)
    assert all(gradient is None or gradient.isfinite().all() for gradient in gradients), "gradients must be finite"
