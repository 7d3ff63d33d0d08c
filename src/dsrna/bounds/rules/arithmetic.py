"""Sums of two values, and products with a constant or an architecture weight of any sign."""

import torch
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.table import UnsupportedError, rule

Number = int | float
Constant = Tensor | Number
Term = Interval | Constant


@rule(torch.add, Tensor.add, Tensor.add_, inputs=2)
def add(x: Term, y: Term, *, alpha: Number = 1) -> Interval:
    if not isinstance(y, Interval):
        return shifted(x, alpha * y)
    if not isinstance(x, Interval):
        return shifted(scaled(y, alpha), x)
    return Interval(x.centre + alpha * y.centre, x.radius + abs(alpha) * y.radius)


@rule(torch.sub, torch.subtract, Tensor.sub, Tensor.sub_, inputs=2)
def subtract(x: Term, y: Term, *, alpha: Number = 1) -> Interval:
    return add(x, y, alpha=-alpha)


@rule(torch.rsub, Tensor.__rsub__, inputs=2)
def subtract_from(x: Term, y: Term, *, alpha: Number = 1) -> Interval:
    return subtract(y, x, alpha=alpha)


@rule(torch.neg, torch.negative, Tensor.neg, Tensor.neg_)
def negate(x: Interval) -> Interval:
    return Interval(-x.centre, x.radius)


@rule(torch.mul, torch.multiply, Tensor.mul, Tensor.mul_, inputs=2)
def multiply(x: Term, y: Term) -> Interval:
    if not isinstance(y, Interval):
        return scaled(x, y)
    if not isinstance(x, Interval):
        return scaled(y, x)
    raise UnsupportedError("multiplies two values that both depend on the input; one must be a constant or a weight")


@rule(torch.div, torch.divide, torch.true_divide, Tensor.div, Tensor.div_)
def divide(x: Interval, y: Constant) -> Interval:
    return Interval(x.centre / y, x.radius / magnitude(y))


def scaled(x: Term, factor: Constant) -> Interval:
    assert isinstance(x, Interval)
    return Interval(x.centre * factor, x.radius * magnitude(factor))


def shifted(x: Term, offset: Constant) -> Interval:
    assert isinstance(x, Interval)
    centre = x.centre + offset
    return Interval(centre, x.radius.expand_as(centre))


def magnitude(constant: Constant) -> Constant:
    return constant.abs() if isinstance(constant, Tensor) else abs(constant)
