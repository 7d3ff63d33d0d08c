"""The candidate operations of a cell's edge, by the names that the DARTS family uses."""

from collections.abc import Callable
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, cat, nn

from dsrna.registry import Registry
from dsrna.runtime.depthwise import undilated
from dsrna.spaces.shapes import Features

Operation = Callable[[int, int, bool], nn.Module]
"""``(channels, stride, affine) -> module`` that keeps the channels and divides height and width by the stride."""

OPERATIONS: Final[Registry[Operation]] = Registry("operation")

_DARTS = "Liu et al. 2019 (DARTS), section 3.1.1"


class ReluConvNorm(nn.Sequential):
    """ReLU, convolution, batch norm: the block the cells are made of."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, padding: int, *, affine: bool) -> None:
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs, affine=affine),
        )


class Depthwise(nn.Conv2d):
    """A depthwise convolution, padded so that stride 1 keeps the size."""

    def __init__(self, channels: int, kernel: int, stride: int, dilation: int) -> None:
        padding = dilation * (kernel - 1) // 2
        super().__init__(channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False)

    def forward(self, x: Features) -> Features:
        if torch.compiler.is_compiling():  # an exported network has no slices, which verifiers need not know
            return super().forward(x)
        x, stride, dilation = undilated(x, self.stride[0], self.dilation[0])
        padding = dilation * (self.kernel_size[0] - 1) // 2
        return F.conv2d(x, self.weight, None, stride, padding, dilation, self.groups)


class DepthwiseBlock(nn.Sequential):
    """ReLU, depthwise convolution, pointwise convolution, batch norm."""

    def __init__(self, channels: int, kernel: int, stride: int, dilation: int, *, affine: bool) -> None:
        super().__init__(
            nn.ReLU(),
            Depthwise(channels, kernel, stride, dilation),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels, affine=affine),
        )


class FactorizedReduce(nn.Module):
    """Halve height and width with two 1x1 convolutions, the second one pixel off, so that every pixel counts.

    The second path is padded on the far side, so that odd sizes round up like every other operation here.
    """

    def __init__(self, inputs: int, outputs: int, *, affine: bool) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.even = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.odd = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, affine=affine)

    def forward(self, x: Features) -> Features:
        x = self.relu(x)
        shifted = F.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        out: Tensor = self.norm(cat([self.even(x), self.odd(shifted)], dim=1))
        return out


class Zero(nn.Module):
    """No connection: zeros of the output's size."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: Features) -> Features:
        return x[:, :, :: self.stride, :: self.stride] * 0.0


@OPERATIONS.register("none", summary="no connection", source=_DARTS)
def none(channels: int, stride: int, affine: bool) -> nn.Module:  # noqa: ARG001
    return Zero(stride)


@OPERATIONS.register("max_pool_3x3", summary="3x3 max-pooling, padded by one", source=_DARTS)
def max_pool_3x3(channels: int, stride: int, affine: bool) -> nn.Module:  # noqa: ARG001
    return nn.MaxPool2d(3, stride, padding=1)


@OPERATIONS.register("avg_pool_3x3", summary="3x3 average pooling over the pixels inside the image", source=_DARTS)
def avg_pool_3x3(channels: int, stride: int, affine: bool) -> nn.Module:  # noqa: ARG001
    return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)


@OPERATIONS.register("skip_connect", summary="identity, or a factorized reduction where the stride is 2", source=_DARTS)
def skip_connect(channels: int, stride: int, affine: bool) -> nn.Module:
    return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine=affine)


def _separable(channels: int, kernel: int, stride: int, affine: bool) -> nn.Module:
    return nn.Sequential(
        DepthwiseBlock(channels, kernel, stride, 1, affine=affine),
        DepthwiseBlock(channels, kernel, 1, 1, affine=affine),
    )


@OPERATIONS.register("sep_conv_3x3", summary="3x3 depthwise separable convolution, twice", source=_DARTS)
def sep_conv_3x3(channels: int, stride: int, affine: bool) -> nn.Module:
    return _separable(channels, 3, stride, affine)


@OPERATIONS.register("sep_conv_5x5", summary="5x5 depthwise separable convolution, twice", source=_DARTS)
def sep_conv_5x5(channels: int, stride: int, affine: bool) -> nn.Module:
    return _separable(channels, 5, stride, affine)


@OPERATIONS.register("dil_conv_3x3", summary="3x3 depthwise separable convolution, dilation 2", source=_DARTS)
def dil_conv_3x3(channels: int, stride: int, affine: bool) -> nn.Module:
    return DepthwiseBlock(channels, 3, stride, 2, affine=affine)


@OPERATIONS.register("dil_conv_5x5", summary="5x5 depthwise separable convolution, dilation 2", source=_DARTS)
def dil_conv_5x5(channels: int, stride: int, affine: bool) -> nn.Module:
    return DepthwiseBlock(channels, 5, stride, 2, affine=affine)


DARTS_OPERATIONS: Final = OPERATIONS.names()
"""The candidates of the DARTS space: those above, in their order."""
