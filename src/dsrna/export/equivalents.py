"""Modules put as operations that every verifier knows, computing the same."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.spaces.operations import FactorizedReduce
from dsrna.spaces.shapes import Features


def simplified(model: nn.Module) -> nn.Module:
    """Return a copy of the model on the CPU and in eval mode, without slices and without adaptive pooling."""
    copy = deepcopy(model).cpu().eval()
    _replace_children(copy)
    return copy


def _replace_children(module: nn.Module) -> None:
    for name, child in module.named_children():
        if type(child) in EQUIVALENTS:
            setattr(module, name, EQUIVALENTS[type(child)](child))
        else:
            _replace_children(child)


class OneConvolution(nn.Module):
    """A factorized reduction as one convolution of 2x2 pixels with stride 2.

    The even path reads the upper left pixel of each window, the odd path the lower right; odd sizes get the row and
    the column of zeros that the odd path reads there.
    """

    def __init__(self, block: FactorizedReduce) -> None:
        super().__init__()
        even, odd = block.even.weight.detach(), block.odd.weight.detach()
        self.conv = nn.Conv2d(even.shape[1], len(even) + len(odd), 2, stride=2, bias=False)
        weight = torch.zeros_like(self.conv.weight)
        weight[: len(even), :, 0, 0] = even[:, :, 0, 0]
        weight[len(even) :, :, 1, 1] = odd[:, :, 0, 0]
        self.conv.weight = nn.Parameter(weight)
        self.norm = block.norm

    def forward(self, x: Features) -> Features:
        height, width = x.shape[2:]
        x = F.relu(x)
        if height % 2 or width % 2:
            x = F.pad(x, (0, width % 2, 0, height % 2))
        out: Tensor = self.norm(self.conv(x))
        return out


class WholePool(nn.Module):
    """The mean of each channel, as an average pool over the whole image."""

    def forward(self, x: Features) -> Features:
        return F.avg_pool2d(x, (x.shape[2], x.shape[3]), count_include_pad=False)


def whole_pool(pool: nn.AdaptiveAvgPool2d) -> nn.Module:
    return WholePool() if pool.output_size in {1, (1, 1)} else pool


EQUIVALENTS: Final[dict[type[nn.Module], Callable[[Any], nn.Module]]] = {
    FactorizedReduce: OneConvolution,
    nn.AdaptiveAvgPool2d: whole_pool,
}
"""A kind of module, and what stands for it."""
