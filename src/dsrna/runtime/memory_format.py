"""How a convolution's numbers lie in memory: channels side by side, which the CPU's kernels for float32 are made for.

Cell networks train and are attacked in 0.55 to 0.8 of the time (``benchmarks/memory_format.py``). In float64 there are
no such kernels, and the layout costs time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import Parameter


def lay_out(model: nn.Module) -> None:
    """Lay the weights of the model's convolutions out as is fastest where they are."""
    for weight in _gaining(model):
        weight.data = _channels_last(weight.data)


@contextmanager
def fast_format(model: nn.Module, x: Tensor) -> Iterator[None]:
    """Hold the weights as is fastest, afterwards as they were; as they were all the time if the model needs that.

    A layout changes results by rounding only. But a model may not run with another one, for a ``Tensor.view`` in it:
    that is tried on the first image of ``x``.
    """
    before = [(weight, weight.data) for weight in _gaining(model)]
    lay_out(model)
    try:
        if before and not _runs(model, x[:1]):
            _restore(before)
        yield
    finally:
        _restore(before)


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
