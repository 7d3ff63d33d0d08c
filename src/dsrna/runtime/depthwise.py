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

Features = Float[Tensor, "batch _ _ _"]
Kernels = Float[Tensor, "out 1 k k"]

WIDEST: Final = 3
"""Columns of a kernel whose weight gradient the CPU kernels compute directly."""


def depthwise(x: Features, weight: Kernels, stride: int, dilation: int) -> Features:
    """Convolve each of C channels with every C-th kernel: T C kernels give T C channels, T times those of ``x``.

    Padded so that stride 1 keeps the size. Of a tensor that only stands for one, as in a trace, torch's convolution.
    """
    x, stride, dilation = undilated(x, stride, dilation)
    if type(x) is Tensor and x.device.type == "cpu" and not torch.compiler.is_compiling():
        out: Tensor = _Depthwise.apply(x, weight, stride, dilation)  # type: ignore[no-untyped-call]
        return out
    return _convolved(x, weight, stride, dilation)


def undilated(x: Features, stride: int, dilation: int) -> tuple[Features, int, int]:
    """Return images, stride and dilation of the same convolution, without dilation where the stride is as long.

    Such a convolution sees no other pixels than every ``stride``-th, and of them it is a plain one. On a few pixels a
    side the library's CPU kernels take up to sixty times as long for the dilated one.
    """
    return (x[:, :, ::stride, ::stride], 1, 1) if stride == dilation > 1 else (x, stride, dilation)


def _convolved(x: Tensor, weight: Tensor, stride: int, dilation: int) -> Tensor:
    copies = len(weight) // x.shape[1]
    x = torch.cat([x] * copies, dim=1) if copies > 1 else x
    return F.conv2d(x, weight, None, stride, _border(weight, dilation), dilation, len(weight))


def _border(weight: Tensor, dilation: int) -> int:
    border: int = dilation * (weight.shape[-1] - 1) // 2
    return border


class _Depthwise(torch.autograd.Function):
    """The same convolution. Its gradients are convolutions again, so that it can be differentiated twice."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, weight: Tensor, stride: int, dilation: int) -> Tensor:
        return _convolved(x, weight, stride, dilation)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004 - torch's signature
        x, weight, ctx.stride, ctx.dilation = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        call = (x, weight, gradients[0], ctx.stride, ctx.dilation)
        of_x = _input_gradient(*call) if _wanted(ctx, 0) else None
        of_weight = _weight_gradient(*call) if _wanted(ctx, 1) else None
        return of_x, of_weight, None, None


def _wanted(ctx: Any, index: int) -> bool:
    """Whether this backward pass goes on to an input: as torch's own operations do, leave out what nobody asked for.

    Of a leaf that cannot be told.
    """
    if not ctx.needs_input_grad[index]:
        return False
    node = ctx.next_functions[index][0]
    if node.name() == "torch::autograd::AccumulateGrad":
        return True
    wanted: bool = torch._C._will_engine_execute_node(node)  # noqa: SLF001 - as torch.autograd.graph asks for its hooks
    return wanted


def _input_gradient(x: Tensor, weight: Tensor, gradient: Tensor, stride: int, dilation: int) -> Tensor:
    """At stride 1 a convolution with the kernels turned round; then the sum over the copies of ``x``."""
    border, groups = _border(weight, dilation), len(weight)
    if stride == 1:
        back = depthwise(gradient, weight.flip(2, 3), 1, dilation)
    else:
        size = torch.Size([len(x), groups, *x.shape[2:]])
        back = conv2d_input(size, weight, gradient, stride, border, dilation, groups)  # type: ignore[no-untyped-call]
    copies = groups // x.shape[1]
    return back.reshape(len(x), copies, *x.shape[1:]).sum(1) if copies > 1 else back


def _weight_gradient(x: Tensor, weight: Tensor, gradient: Tensor, stride: int, dilation: int) -> Tensor:
    if stride == dilation == len(weight) // x.shape[1] == 1:
        return _by_columns(x, weight, gradient)
    return _by_channels(x, weight, gradient, stride, dilation)


def _by_columns(x: Tensor, weight: Tensor, gradient: Tensor) -> Tensor:
    """A few columns of every kernel at a time."""
    side, border, width = weight.shape[-1], _border(weight, 1), x.shape[-1]
    if side <= WIDEST:
        return _library(x, weight.shape, gradient, 1, border, 1, len(weight))
    padded = F.pad(x, (border, border))
    parts = []
    for start in range(0, side, WIDEST):
        columns = min(WIDEST, side - start)
        shape = torch.Size([len(weight), 1, side, columns])
        seen = padded[..., start : start + width + columns - 1]
        parts.append(_library(seen, shape, gradient, 1, (border, 0), 1, len(weight)))
    return torch.cat(parts, dim=-1)


def _by_channels(x: Tensor, weight: Tensor, gradient: Tensor, stride: int, dilation: int) -> Tensor:
    """All kernels of a channel of ``x`` at once: one group has one channel going in and T coming out."""
    channels, border = x.shape[1], _border(weight, dilation)
    by_channel = gradient.reshape(len(x), -1, channels, *gradient.shape[2:]).transpose(1, 2).flatten(1, 2)
    found = _library(x, weight.shape, by_channel, stride, border, dilation, channels)
    return found.reshape(channels, -1, *weight.shape[1:]).transpose(0, 1).flatten(0, 1)


def _library(*arguments: Any) -> Tensor:
    gradient: Tensor = conv2d_weight(*arguments)  # type: ignore[no-untyped-call]
    return gradient
