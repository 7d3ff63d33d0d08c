"""Depthwise convolution of one source by the kernels of many edges, with a faster backward pass on a CPU.

The backward pass of the library's CPU kernels falls back to im2col for dilated convolutions and for the weights of
kernels wider than three; docs/explanation/search.md says what is computed in its place.
"""

from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F
from torch.nn.grad import conv2d_input, conv2d_weight

from dsrna.spaces.shapes import Features

Kernels = Float[Tensor, "out 1 k k"]

WIDEST: Final = 3
"""Columns of a kernel whose weight gradient the CPU kernels compute directly."""


def depthwise(x: Features, weight: Kernels, stride: int, dilation: int, *, training: bool) -> Features:
    """Convolve each of C channels with every C-th kernel: T C kernels give T C channels, T times those of ``x``.

    Padded so that stride 1 keeps the size. In evaluation mode it is torch's convolution, which bounds can read.
    """
    if stride == dilation > 1:
        return depthwise(x[:, :, ::stride, ::stride], weight, 1, 1, training=training)
    if training and x.device.type == "cpu":
        out: Tensor = _Depthwise.apply(x, weight, stride, dilation)  # type: ignore[no-untyped-call]
        return out
    return _forward(x, weight, stride, dilation)


def _forward(x: Tensor, weight: Tensor, stride: int, dilation: int) -> Tensor:
    copies = len(weight) // x.shape[1]
    x = torch.cat([x] * copies, dim=1) if copies > 1 else x
    return F.conv2d(x, weight, None, stride, _border(weight, dilation), dilation, len(weight))


def _border(weight: Tensor, dilation: int) -> int:
    border: int = dilation * (weight.shape[-1] - 1) // 2
    return border


class _Depthwise(torch.autograd.Function):
    """The same convolution; both gradients are convolutions again, so that it can be differentiated twice."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.dilation = stride, dilation
        return _forward(x, weight, stride, dilation)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        (gradient,) = gradients
        of_x = _input_gradient(x, weight, gradient, ctx.stride, ctx.dilation) if ctx.needs_input_grad[0] else None
        of_weight = _weight_gradient(x, weight, gradient, ctx.stride, ctx.dilation) if ctx.needs_input_grad[1] else None
        return of_x, of_weight, None, None


def _input_gradient(x: Tensor, weight: Tensor, gradient: Tensor, stride: int, dilation: int) -> Tensor:
    """At stride 1 a convolution with the kernels turned round; then the sum over the copies of ``x``."""
    border, groups = _border(weight, dilation), len(weight)
    if stride == 1:
        back = F.conv2d(gradient, weight.flip(2, 3), None, 1, border, dilation, groups)
    else:
        size = torch.Size([len(x), groups, *x.shape[2:]])
        back = conv2d_input(size, weight, gradient, stride, border, dilation, groups)
    copies = groups // x.shape[1]
    return back.unflatten(1, (copies, -1)).sum(1) if copies > 1 else back


def _weight_gradient(x: Tensor, weight: Tensor, gradient: Tensor, stride: int, dilation: int) -> Tensor:
    if stride == dilation == len(weight) // x.shape[1] == 1:
        return _by_columns(x, weight, gradient)
    return _by_channels(x, weight, gradient, stride, dilation)


def _by_columns(x: Tensor, weight: Tensor, gradient: Tensor) -> Tensor:
    """A few columns of every kernel at a time."""
    side, border, width = weight.shape[-1], _border(weight, 1), x.shape[-1]
    if side <= WIDEST:
        return conv2d_weight(x, weight.shape, gradient, padding=border, groups=len(weight))
    padded = F.pad(x, (border, border))
    parts = []
    for start in range(0, side, WIDEST):
        columns = min(WIDEST, side - start)
        shape = torch.Size([len(weight), 1, side, columns])
        seen = padded[..., start : start + width + columns - 1]
        parts.append(conv2d_weight(seen, shape, gradient, padding=(border, 0), groups=len(weight)))
    return torch.cat(parts, dim=-1)


def _by_channels(x: Tensor, weight: Tensor, gradient: Tensor, stride: int, dilation: int) -> Tensor:
    """All kernels of a channel of ``x`` at once: one group has one channel going in and T coming out."""
    channels, border = x.shape[1], _border(weight, dilation)
    by_channel = gradient.unflatten(1, (-1, channels)).transpose(1, 2).flatten(1, 2)
    found = conv2d_weight(x, weight.shape, by_channel, stride, border, dilation, channels)
    return found.unflatten(0, (channels, -1)).transpose(0, 1).flatten(0, 1)
