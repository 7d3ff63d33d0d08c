"""How a convolution's numbers lie in memory: channels side by side, which the CPU's kernels for float32 are made for.

Cell networks train and are attacked in 0.55 to 0.8 of the time (``benchmarks/memory_format.py``). In float64 there are
no such kernels, and the layout costs time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import Parameter

BLOCK: Final = 16
"""Channels that the widest of oneDNN's kernels for float32 takes at a time."""


def lay_out(model: nn.Module) -> None:
    """Lay the weights of the model's convolutions out as is fastest where they are, for training.

    A model in which the gradient of a weight would then be wrong stays as it is.
    """
    if not any(map(_overruns, model.modules())):
        _lay_out(model)


@contextmanager
def fast_format(model: nn.Module, x: Tensor) -> Iterator[None]:
    """Hold the weights as is fastest, afterwards as they were; as they were all the time if the model needs that.

    It is for passes and gradients in the images: weights must be frozen. A layout changes results by rounding only. But
    a model may not run with another one, for a ``Tensor.view`` in it: that is tried on the first image of ``x``.
    """
    before = [(weight, weight.data) for weight in _gaining(model)]
    _lay_out(model)
    try:
        if before and not _runs(model, x[:1]):
            _restore(before)
        yield
    finally:
        _restore(before)


def _lay_out(model: nn.Module) -> None:
    for weight in _gaining(model):
        weight.data = _channels_last(weight.data)


def _overruns(module: nn.Module) -> bool:
    """Tell of a convolution whose weight's gradient is computed past the end of a buffer with channels side by side.

    oneDNN, to 3.12 at least, gathers the pixels of a strided 1x1 convolution of fewer channels than its kernel takes at
    a time into too small a buffer (github.com/uxlfoundation/oneDNN/issues/6035): it crashes, hangs, or is wrong.
    """
    return (
        isinstance(module, nn.Conv2d)
        and module.kernel_size == (1, 1)
        and module.stride != (1, 1)
        and module.in_channels < BLOCK
    )


def _gaining(model: nn.Module) -> list[Parameter]:
    return [weight for weight in model.parameters() if _gains(weight)]


def _gains(weight: Parameter) -> bool:
    convolves = weight.dim() == 4
    if not convolves or weight.dtype is not torch.float32 or weight.device.type != "cpu":
        return False
    return weight.stride() != _channels_last(torch.empty_like(weight, device="meta")).stride()


def _channels_last(weight: Tensor) -> Tensor:
    """Return it with the strides of that layout, which ``contiguous`` leaves as they are where a size is one."""
    return weight.to(memory_format=torch.channels_last)


@torch.no_grad()
def _runs(model: nn.Module, x: Tensor) -> bool:
    try:
        model(x)
    except RuntimeError:
        return False
    return True


def _restore(before: list[tuple[Parameter, Tensor]]) -> None:
    for weight, data in before:
        weight.data = data
