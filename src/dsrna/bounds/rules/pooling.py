"""Pooling: averages are linear with no negative coefficient, a maximum is monotone in every element."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations import Windows
from dsrna.bounds.relaxations.windows import Spans, largest, pooled
from dsrna.bounds.rules.autograd import folded_transpose
from dsrna.bounds.rules.families import commuting, monotone
from dsrna.bounds.rules.linear import pair
from dsrna.bounds.rules.table import Shaped, UnsupportedError, no_offset, rule

Size = int | Sequence[int]


def adaptive_average_back(adjoint: Tensor, x: torch.Size, *args: Any, **options: Any) -> list[Tensor]:
    return [folded_transpose(lambda images: F.adaptive_avg_pool2d(images, *args, **options), adjoint, x)]


rule(F.adaptive_avg_pool2d, affine=True, transpose=adaptive_average_back, offset=no_offset, batched=4)(
    commuting(F.adaptive_avg_pool2d)
)


def average_pool_back(  # noqa: PLR0917 - torch's own signature
    adjoint: Tensor,
    x: torch.Size,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> list[Tensor]:
    """Torch's own backward pass, of which only the images' shape matters."""
    flat = adjoint.flatten(0, -4)
    images = adjoint.new_zeros(1, 1, 1, 1).expand(len(flat), *x[-3:])
    back: Tensor = torch.ops.aten.avg_pool2d_backward(
        flat,
        images,
        pair(kernel_size),
        pair(stride or kernel_size),
        pair(padding),
        ceil_mode,
        count_include_pad,
        divisor_override,
    )
    return [back.reshape(len(adjoint), *x)]


def average_pool_shape(
    x: Shaped,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    *_: Any,
    **__: Any,
) -> list[int]:
    return max_pool_shape(x, kernel_size, stride, padding, 1, ceil_mode)


@rule(
    F.avg_pool2d,
    affine=True,
    transpose=average_pool_back,
    offset=no_offset,
    shape=average_pool_shape,
    batched=4,
)
def average_pool(  # noqa: PLR0917 - torch's own signature
    x: Interval,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Interval:
    if divisor_override is not None and divisor_override < 0:
        raise UnsupportedError(f"has a negative coefficient: divisor_override is {divisor_override}")
    average = commuting(F.avg_pool2d)
    return average(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def spans(  # noqa: PLR0917 - torch's own signature
    size: Sequence[int],
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    **_: Any,
) -> list[Spans]:
    """The input positions of each window, for each of the last two dimensions."""
    sides = zip(size[-2:], *map(pair, (kernel_size, stride or kernel_size, padding, dilation)), strict=True)
    return [
        tuple(
            tuple(place for place in range(start, start + spread * kernel, spread) if 0 <= place < side)
            for start in pooled(side, kernel, step, border, spread, ceil=ceil_mode)
        )
        for side, kernel, step, border, spread in sides
    ]


def max_pool_shape(x: Shaped, *args: Any, **options: Any) -> list[int]:
    return [*x.shape[:-2], *map(len, spans(x.shape, *args, **options))]


def max_pool_windows(x: Interval, *args: Any, **options: Any) -> Windows:
    return largest(x, *spans(x.centre.shape, *args, **options))


def max_pool_derivative(  # noqa: PLR0917 - torch's own signature
    adjoint: Tensor,
    x: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    **_: Any,
) -> Tensor:
    """Torch's own backward pass, of the place of the largest element of each window alone."""
    window = (pair(kernel_size), pair(stride or kernel_size), pair(padding), pair(dilation), ceil_mode)
    images = x.detach()
    _, places = torch.ops.aten.max_pool2d_with_indices(images, *window)
    rows = len(adjoint)
    back: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
        adjoint.flatten(0, 1), repeated(images, rows), *window, repeated(places, rows)
    )
    return back.reshape(rows, *x.shape)


def repeated(values: Tensor, rows: int) -> Tensor:
    return values.expand(rows, *values.shape).flatten(0, 1)


for maximum in (F.max_pool2d, torch.max_pool2d):
    rule(maximum, relaxation=max_pool_windows, derivative=max_pool_derivative, shape=max_pool_shape, batched=4)(
        monotone(maximum)
    )


def adaptive_windows(x: Interval, output_size: Size, **_: Any) -> Windows:
    """Window i of n over m inputs goes from floor(i m / n) to ceil((i + 1) m / n)."""
    sides = zip(x.centre.shape[-2:], pair(output_size), strict=True)
    return largest(x, *(tuple(tuple(range(i * m // n, -(-(i + 1) * m // n))) for i in range(n)) for m, n in sides))


rule(F.adaptive_max_pool2d, relaxation=adaptive_windows, batched=4)(monotone(F.adaptive_max_pool2d))
