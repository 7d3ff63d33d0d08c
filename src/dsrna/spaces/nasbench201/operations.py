"""The five candidates of the benchmark. Three are those of the DARTS family at stride 1; these are its own."""

from typing import Final

from torch import nn

from dsrna.spaces.operations import OPERATIONS, ReluConvNorm

CANDIDATES: Final = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""In the benchmark's order, which is also that of the published tables' digits."""

_SOURCE = "Dong and Yang 2020 (NAS-Bench-201), section 2.1"


@OPERATIONS.register("nor_conv_1x1", summary="ReLU, 1x1 convolution, batch norm", source=_SOURCE)
def nor_conv_1x1(channels: int, stride: int, affine: bool) -> nn.Module:
    return ReluConvNorm(channels, channels, 1, stride, 0, affine=affine)


@OPERATIONS.register("nor_conv_3x3", summary="ReLU, 3x3 convolution, batch norm", source=_SOURCE)
def nor_conv_3x3(channels: int, stride: int, affine: bool) -> nn.Module:
    return ReluConvNorm(channels, channels, 3, stride, 1, affine=affine)
