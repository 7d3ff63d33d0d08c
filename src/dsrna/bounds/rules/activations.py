"""Elementwise functions."""

from functools import partial
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations import Lines
from dsrna.bounds.relaxations.lines import kinked, smooth
from dsrna.bounds.rules.families import monotone
from dsrna.bounds.rules.table import UnsupportedError, no_offset, rule, same_shape

GELU_MINIMUM: Final = {"none": -0.7517915246935645, "tanh": -0.7524614220710163}
"""Where GELU stops falling and begins to rise: the root of its derivative."""

CURVATURE: Final = {"sigmoid": 0.0963, "tanh": 0.7699, "gelu": 0.7981}
"""Above the largest ``|g''|``: 1 / (6 sqrt 3), 4 / (3 sqrt 3), and, at 0 for both forms of GELU, sqrt(2 / pi)."""

elementwise = partial(rule, shape=same_shape, batched=1)


def relu_lines(x: Interval) -> Lines:
    return kinked(x, 0.0)


class BothEnds(torch.autograd.Function):
    """ReLU at both ends of an interval, there and back in centre and radius: by far the commonest rule, in one step."""

    @staticmethod
    def forward(ctx: Any, centre: Tensor, radius: Tensor) -> tuple[Tensor, Tensor]:
        upper, lower = (centre + radius).relu_(), (centre - radius).relu_()
        ctx.save_for_backward(upper > 0, lower > 0)
        middle = (upper + lower).div_(2)
        return middle, upper.sub_(lower).div_(2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        centre, radius = gradients
        upper_on, lower_on = ctx.saved_tensors
        upper, lower = (centre + radius) * upper_on, (centre - radius) * lower_on
        return (upper + lower) / 2, (upper - lower) / 2


def sigmoid_lines(x: Interval) -> Lines:
    return smooth(torch.sigmoid, x, CURVATURE["sigmoid"])


def tanh_lines(x: Interval) -> Lines:
    return smooth(torch.tanh, x, CURVATURE["tanh"])


def relu_derivative(adjoint: Tensor, x: Tensor) -> Tensor:
    return adjoint * (x > 0).to(x.dtype)


@elementwise(
    *(F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_),
    relaxation=relu_lines,
    derivative=relu_derivative,
)
def relu(x: Interval) -> Interval:
    return Interval(*BothEnds.apply(x.centre, x.radius))  # type: ignore[no-untyped-call]


elementwise(torch.sigmoid, torch.sigmoid_, Tensor.sigmoid, Tensor.sigmoid_, relaxation=sigmoid_lines)(
    monotone(torch.sigmoid)
)
elementwise(torch.tanh, torch.tanh_, Tensor.tanh, Tensor.tanh_, relaxation=tanh_lines)(monotone(torch.tanh))


def leaky_lines(x: Interval, negative_slope: float = 0.01) -> Lines:
    if negative_slope > 1:
        raise UnsupportedError(f"has a negative_slope of {negative_slope:g}; linear bounds need one of at most 1")
    return kinked(x, negative_slope)


@elementwise(F.leaky_relu, F.leaky_relu_, relaxation=leaky_lines)
def leaky_relu(x: Interval, negative_slope: float = 0.01) -> Interval:
    if negative_slope < 0:
        raise UnsupportedError(
            f"is not monotone with a negative_slope of {negative_slope:g}; use one that is not negative"
        )
    return Interval.between(F.leaky_relu(x.lower, negative_slope), F.leaky_relu(x.upper, negative_slope))


def gelu_lines(x: Interval, approximate: str = "none") -> Lines:
    return smooth(partial(F.gelu, approximate=approximate), x, CURVATURE["gelu"])


@elementwise(F.gelu, relaxation=gelu_lines)
def gelu(x: Interval, approximate: str = "none") -> Interval:
    """GELU falls, then rises: its minimum over the interval is at the point nearest to its global minimum."""
    lower, upper = x.lower, x.upper
    lowest = torch.full_like(lower, GELU_MINIMUM[approximate]).clamp(lower, upper)
    highest = torch.maximum(F.gelu(lower, approximate=approximate), F.gelu(upper, approximate=approximate))
    return Interval.between(F.gelu(lowest, approximate=approximate), highest)


def unchanged(adjoint: Tensor, *_: Any, **__: Any) -> list[Tensor]:
    return [adjoint]


@rule(
    *(F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout),
    affine=True,
    transpose=unchanged,
    offset=no_offset,
    batched=1,
)
def dropout(x: Interval, p: float = 0.5, training: bool = True) -> Interval:  # noqa: ARG001 - torch's own signature
    if training:
        raise UnsupportedError("drops values at random even in evaluation mode; pass training=self.training")
    return x
