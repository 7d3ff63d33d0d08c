"""What a bound rule must do: hold at every point of every box that is tried, and be exact where the box is a point."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from dsrna.bounds import output_bounds
from dsrna.bounds.interval import Interval
from dsrna.bounds.passes.affine import constant_part, transposed
from dsrna.bounds.tracing.tape import Node, Tape
from dsrna.bounds.tracing.trace import trace

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
        _check_point(tape, function, centre)
        _check_box(tape, function, Interval(centre, radius), generator)
        _check_gradient(tape, centre, radius)
        _check_transposes(tape, generator)
        _check_linear(function, Interval(centre, radius), generator)
    return tape


def _check_point(tape: Tape, function: Callable[[Tensor], Tensor], centre: Tensor) -> None:
    result, value = tape.propagate(Interval(centre, torch.zeros_like(centre)))[tape.output], function(centre.clone())
    assert result.centre.shape == result.radius.shape == value.shape, "an interval has the shape of the result"
    assert tape.output.shape == value.shape, "a shape rule gives the shape of the result"
    torch.testing.assert_close(result.centre, value, msg="around a point the centre must be the result")
    assert result.radius.abs().max() < 1e-9, "around a point the radius must be 0"


def _check_box(tape: Tape, function: Callable[[Tensor], Tensor], box: Interval, generator: torch.Generator) -> None:
    bound = tape.propagate(box)[tape.output]
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
    bound = tape.propagate(Interval(*ends))[tape.output]
    gradients = torch.autograd.grad((bound.lower.sum(), bound.upper.sum()), ends, allow_unused=True)
    assert all(gradient is None or gradient.isfinite().all() for gradient in gradients), "gradients must be finite"


def _check_transposes(tape: Tape, generator: torch.Generator) -> None:
    """For every affine operation ``a @ f(z)`` must be ``f^T(a) @ z`` plus the constant."""
    for node in tape.nodes:
        if node.rule.affine:
            _check_transpose(node, tape.like, partial(torch.randn, dtype=torch.float64, generator=generator))


def _check_transpose(node: Node, like: Tensor, draw: Callable[..., Tensor]) -> None:
    values = {value: draw(value.shape) for value in node.operands}
    adjoint, offset = draw((2, *node.result.shape)), constant_part(node, like)
    result = node.applied(node.operation, lambda value: values[value].clone())
    pairs = [(part, values[value]) for part, value in zip(transposed(node, adjoint), node.operands, strict=True)]
    pairs += [] if offset is None else [(adjoint, offset)]
    back = torch.stack([(left * right).flatten(1).sum(1) for left, right in pairs]).sum(0)
    forward = (adjoint * result).flatten(1).sum(1)
    torch.testing.assert_close(back, forward, msg=f"the transpose or the constant part of {node} is wrong")


def _check_linear(function: Callable[[Tensor], Tensor], box: Interval, generator: torch.Generator) -> None:
    """Linear bounds over the box, which the unit box is stretched to, must hold too."""
    example = Applied(lambda x: function(box.lower + 2 * box.radius * x[0]).reshape(1, -1))
    middle = torch.full_like(box.centre, 0.5)[None]
    lower, upper = output_bounds(example, middle, 0.5, method="crown")
    slack = 1e-9 * (1 + lower.abs() + upper.abs())
    for point in _points(box, generator):
        value = function(point.clone()).reshape(1, -1)
        assert (value >= lower - slack).all(), "a value lies below the linear lower bound"
        assert (value <= upper + slack).all(), "a value lies above the linear upper bound"
