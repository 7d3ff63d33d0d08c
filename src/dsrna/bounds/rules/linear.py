"""Products with a weight tensor: ``W c + b`` and ``|W| r``."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.autograd import folded_transpose
from dsrna.bounds.rules.table import Shaped, rule
from dsrna.runtime.depthwise import depthwise
from dsrna.runtime.pointwise import pointwise

Size = int | Sequence[int]


def affine(
    product: Callable[[Tensor, Tensor, Tensor | None], Tensor], x: Interval, weight: Tensor, bias: Tensor | None
) -> Interval:
    """The interval of ``product(x, weight, bias)``, which is linear in ``x`` and in ``weight``."""
    return Interval(product(x.centre, weight, bias), product(x.radius, weight.abs(), None))


def linear_back(
    adjoint: Tensor,
    x: torch.Size,  # noqa: ARG001 - a transpose takes all arguments
    weight: Tensor,
    bias: Tensor | None = None,  # noqa: ARG001
) -> list[Tensor]:
    return [adjoint @ weight]


def linear_arguments(input: Any, weight: Tensor, bias: Tensor | None = None) -> tuple[Any, Tensor, Tensor | None]:  # noqa: A002
    """Put a call's arguments, in whatever way they were given, into torch's own order."""
    return input, weight, bias


def linear_offset(x: torch.Size, weight: Tensor, bias: Tensor | None = None) -> Tensor | None:  # noqa: ARG001
    return bias


@rule(F.linear, affine=True, transpose=linear_back, offset=linear_offset, batched=2)
def linear(x: Interval, weight: Tensor, bias: Tensor | None = None) -> Interval:
    return affine(F.linear, x, weight, bias)


def conv2d_arguments(  # noqa: PLR0917 - torch's own signature
    input: Any,  # noqa: A002 - torch's own name
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Any, ...]:
    """Put a call's arguments, in whatever way they were given, into torch's own order."""
    return input, weight, bias, stride, padding, dilation, groups


def conv2d_back(  # noqa: PLR0917 - torch's own signature
    adjoint: Tensor,
    x: torch.Size,
    weight: Tensor,
    bias: Tensor | None = None,  # noqa: ARG001 - a transpose takes all arguments
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> list[Tensor]:
    """The transposed convolution, with as many pixels added at the far side as the stride left over."""
    if is_pointwise(x, weight, stride, padding, groups):
        turned = weight.reshape(groups, -1, weight.shape[1]).transpose(1, 2).reshape(x[1], -1, 1, 1)
        return [pointwise(adjoint.flatten(0, -4), turned, groups).reshape(len(adjoint), *x)]
    steps = depthwise_steps(x, weight, stride, padding, dilation, groups)
    if steps is not None and steps[0] == 1:
        return [depthwise(adjoint.flatten(0, -4), weight.flip(2, 3), *steps).reshape(len(adjoint), *x)]
    if isinstance(padding, str):
        forward = partial(F.conv2d, weight=weight, stride=stride, padding=padding, dilation=dilation, groups=groups)
        return [folded_transpose(forward, adjoint, x)]
    covered = [
        (out - 1) * step - 2 * border + spread * (kernel - 1) + 1
        for out, step, border, spread, kernel in zip(
            adjoint.shape[-2:], pair(stride), pair(padding), pair(dilation), weight.shape[-2:], strict=True
        )
    ]
    left_over = [size - seen for size, seen in zip(x[-2:], covered, strict=True)]
    back = F.conv_transpose2d(
        adjoint.flatten(0, -4), weight, None, pair(stride), pair(padding), left_over, groups, pair(dilation)
    )
    return [back.reshape(len(adjoint), *x)]


def conv2d_offset(x: torch.Size, weight: Tensor, bias: Tensor | None = None, *_: Any, **__: Any) -> Tensor | None:  # noqa: ARG001
    return None if bias is None else bias[:, None, None]


def conv2d_shape(  # noqa: PLR0917 - torch's own signature
    x: Shaped,
    weight: Tensor,
    bias: Tensor | None = None,  # noqa: ARG001 - a shape rule takes all arguments
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,  # noqa: ARG001
) -> list[int]:
    if padding == "same":
        sides = list(x.shape[-2:])
    else:
        border = 0 if isinstance(padding, str) else padding
        sizes = zip(x.shape[-2:], weight.shape[-2:], pair(stride), pair(border), pair(dilation), strict=True)
        sides = [
            (side + 2 * edge - spread * (kernel - 1) - 1) // step + 1 for side, kernel, step, edge, spread in sizes
        ]
    return [*x.shape[:-3], weight.shape[0], *sides]


@rule(F.conv2d, affine=True, transpose=conv2d_back, offset=conv2d_offset, shape=conv2d_shape, batched=4)
def conv2d(  # noqa: PLR0917 - torch's own signature
    x: Interval,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Interval:
    steps = depthwise_steps(x.centre.shape, weight, stride, padding, dilation, groups)
    if steps is not None:
        return side_by_side(lambda sides, kernels: depthwise(sides, kernels, *steps), x, weight, bias)
    if is_pointwise(x.centre.shape, weight, stride, padding, groups):
        return side_by_side(lambda sides, kernels: pointwise(sides, kernels, 2 * groups), x, weight, bias)
    product = partial(torch.conv2d, stride=stride, padding=padding, dilation=dilation, groups=groups)
    return affine(product, x, weight, bias)


def is_pointwise(x: torch.Size, weight: Tensor, stride: Size, padding: Size | str, groups: int) -> bool:
    """Tell whether a convolution is one for which a faster one stands: by one pixel, in groups."""
    of_one = len(x) == 4 and tuple(weight.shape[2:]) == (1, 1) and pair(stride) == (1, 1)
    border = (0, 0) if isinstance(padding, str) else pair(padding)
    return of_one and border == (0, 0) and 1 < groups < x[1]


def side_by_side(
    product: Callable[[Tensor, Tensor], Tensor], x: Interval, weight: Tensor, bias: Tensor | None
) -> Interval:
    """The interval of a convolution in groups: centre and radius are groups of one, for a call costs more than they."""
    sides = product(torch.cat([x.centre, x.radius], dim=1), torch.cat([weight, weight.abs()]))
    centre, radius = sides.chunk(2, dim=1)
    return Interval(centre if bias is None else centre + bias[:, None, None], radius)


def depthwise_steps(  # noqa: PLR0917 - torch's own order
    x: torch.Size, weight: Tensor, stride: Size, padding: Size | str, dilation: Size, groups: int
) -> tuple[int, int] | None:
    """Return stride and dilation of a depthwise convolution that a faster one stands for; None for any other."""
    kernel, spread, step = weight.shape[-1], pair(dilation), pair(stride)
    square = weight.shape[-2] == kernel and len(set(spread)) == len(set(step)) == 1
    if isinstance(padding, str) or len(x) != 4 or not groups == len(weight) == x[1] or not (square and kernel % 2):
        return None
    return (step[0], spread[0]) if pair(padding) == (spread[0] * (kernel - 1) // 2,) * 2 else None


def pair(size: Size) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    return (size[0], size[0]) if len(size) == 1 else (size[0], size[1])
