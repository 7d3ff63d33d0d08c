"""Sums of two values, and products with a constant or an architecture weight of any sign."""

from functools import partial
from typing import cast

import torch
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.table import UnsupportedError, broadcast_shape, no_offset, rule, same_shape

Number = int | float
Constant = Tensor | Number
Term = Interval | Constant
Operand = torch.Size | Constant

affine = partial(rule, affine=True, batched=1, shape=broadcast_shape)


def add_back(adjoint: Tensor, x: Operand, y: Operand, *, alpha: Number = 1) -> list[Tensor]:
    terms = [(x, adjoint)] if isinstance(x, torch.Size) else []
    terms += [(y, adjoint if alpha == 1 else alpha * adjoint)] if isinstance(y, torch.Size) else []
    return [summed_to(part, shape) for shape, part in terms]


def add_offset(x: Operand, y: Operand, *, alpha: Number = 1) -> Tensor | None:
    if not isinstance(x, torch.Size):
        return torch.as_tensor(x)
    return None if isinstance(y, torch.Size) else torch.as_tensor(alpha * y)


@affine(torch.add, Tensor.add, Tensor.add_, inputs=2, transpose=add_back, offset=add_offset)
def add(x: Term, y: Term, *, alpha: Number = 1) -> Interval:
    if not isinstance(y, Interval):
        return shifted(x, alpha * y)
    if not isinstance(x, Interval):
        return shifted(scaled(y, alpha), x)
    return Interval(torch.add(x.centre, y.centre, alpha=alpha), torch.add(x.radius, y.radius, alpha=abs(alpha)))


def subtract_back(adjoint: Tensor, x: Operand, y: Operand, *, alpha: Number = 1) -> list[Tensor]:
    return add_back(adjoint, x, y, alpha=-alpha)


def subtract_offset(x: Operand, y: Operand, *, alpha: Number = 1) -> Tensor | None:
    return add_offset(x, y, alpha=-alpha)


@affine(
    *(torch.sub, torch.subtract, Tensor.sub, Tensor.sub_), inputs=2, transpose=subtract_back, offset=subtract_offset
)
def subtract(x: Term, y: Term, *, alpha: Number = 1) -> Interval:
    return add(x, y, alpha=-alpha)


def subtract_from_back(adjoint: Tensor, x: Operand, y: Operand, *, alpha: Number = 1) -> list[Tensor]:
    return subtract_back(adjoint, y, x, alpha=alpha)[::-1]


def subtract_from_offset(x: Operand, y: Operand, *, alpha: Number = 1) -> Tensor | None:
    return subtract_offset(y, x, alpha=alpha)


@affine(torch.rsub, Tensor.__rsub__, inputs=2, transpose=subtract_from_back, offset=subtract_from_offset)
def subtract_from(x: Term, y: Term, *, alpha: Number = 1) -> Interval:
    return subtract(y, x, alpha=alpha)


def negate_back(adjoint: Tensor, x: torch.Size) -> list[Tensor]:  # noqa: ARG001 - a transpose takes all arguments
    return [-adjoint]


@affine(torch.neg, torch.negative, Tensor.neg, Tensor.neg_, transpose=negate_back, offset=no_offset, shape=same_shape)
def negate(x: Interval) -> Interval:
    return Interval(-x.centre, x.radius)


def multiply_back(adjoint: Tensor, x: Operand, y: Operand) -> list[Tensor]:
    if isinstance(x, torch.Size):
        return [summed_to(adjoint * cast("Constant", y), x)]
    return [summed_to(adjoint * x, cast("torch.Size", y))]


@affine(*(torch.mul, torch.multiply, Tensor.mul, Tensor.mul_), inputs=2, transpose=multiply_back, offset=no_offset)
def multiply(x: Term, y: Term) -> Interval:
    if not isinstance(y, Interval):
        return scaled(x, y)
    if not isinstance(x, Interval):
        return scaled(y, x)
    raise UnsupportedError("multiplies two values that both depend on the input; one must be a constant or a weight")


def divide_back(adjoint: Tensor, x: torch.Size, y: Constant) -> list[Tensor]:
    return [summed_to(adjoint / y, x)]


@affine(torch.div, torch.divide, torch.true_divide, Tensor.div, Tensor.div_, transpose=divide_back, offset=no_offset)
def divide(x: Interval, y: Constant) -> Interval:
    return Interval(x.centre / y, x.radius / magnitude(y))


def summed_to(adjoint: Tensor, shape: torch.Size) -> Tensor:
    """Undo broadcasting: what went to many places comes back from all of them."""
    missing = adjoint.dim() - 1 - len(shape)
    return adjoint.sum_to_size(len(adjoint), *[1] * missing, *shape).reshape(len(adjoint), *shape)


def scaled(x: Term, factor: Constant) -> Interval:
    assert isinstance(x, Interval)
    return Interval(x.centre * factor, x.radius * magnitude(factor))


def shifted(x: Term, offset: Constant) -> Interval:
    assert isinstance(x, Interval)
    centre = x.centre + offset
    return Interval(centre, x.radius.expand_as(centre))


def magnitude(constant: Constant) -> Constant:
    return constant.abs() if isinstance(constant, Tensor) else abs(constant)
