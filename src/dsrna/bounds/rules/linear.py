"""Products with a weight tensor: ``W c + b`` and ``|W| r``."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.table import rule

Size = int | Sequence[int]


def affine(
    product: Callable[[Tensor, Tensor, Tensor | None], Tensor], x: Interval, weight: Tensor, bias: Tensor | None
) -> Interval:
    """The interval of ``product(x, weight, bias)``, which is linear in ``x`` and in ``weight``."""
    return Interval(product(x.centre, weight, bias), product(x.radius, weight.abs(), None))


@rule(F.linear)
def linear(x: Interval, weight: Tensor, bias: Tensor | None = None) -> Interval:
    return affine(F.linear, x, weight, bias)


@rule(F.conv2d)
def conv2d(  # noqa: PLR0917 - torch's own signature
    x: Interval,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Interval:
    product = partial(torch.conv2d, stride=stride, padding=padding, dilation=dilation, groups=groups)
    return affine(product, x, weight, bias)
