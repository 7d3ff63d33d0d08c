"""Networks of nothing but operations that auto_LiRPA 0.6.0 bounds correctly, in its ``matrix`` mode.

No max-pooling, no depthwise or dilated convolution, batch norm with affine parameters, averages that count padding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.runtime.seeds import generator, initialising

CLASSES: Final = 10


class Residual(nn.Module):
    """``ReLU(norm(conv(ReLU(norm(conv(x))))) + conv(x))``."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.around = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = torch.relu(self.path(x) + self.around(x))
        return out


class Cell(nn.Module):
    """Two inner nodes, each the sum of a ReLU-convolution-norm and of an average or a skip, as a cell has them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))
            for _ in range(3)
        )
        self.pool = nn.AvgPool2d(3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        first: Tensor = self.blocks[0](x) + self.pool(x)
        second: Tensor = self.blocks[1](first) + x
        out: Tensor = first + self.blocks[2](second)
        return out


def residual(pixels: int, width: int) -> nn.Module:
    stem = (nn.Conv2d(1, width, 3, 1, 1), nn.ReLU())
    body = (Residual(width, width, 1), Residual(width, 2 * width, 2), nn.AvgPool2d(2), nn.Flatten())
    return nn.Sequential(*stem, *body, nn.Linear(2 * width * (pixels // 4) ** 2, CLASSES))


def cells(pixels: int, width: int) -> nn.Module:
    stem = (nn.Conv2d(1, width, 3, 1, 1), nn.BatchNorm2d(width))
    body = (Cell(width), nn.AvgPool2d(2), Cell(width), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten())
    return nn.Sequential(*stem, *body, nn.Linear(width * (pixels // 4) ** 2, CLASSES))


@dataclass(frozen=True)
class Case:
    """A network, the size of its images, its width, and how many images are bounded at once."""

    make: Callable[[int, int], nn.Module]
    pixels: int
    width: int
    images: int

    def build(self) -> tuple[nn.Module, Tensor, Tensor]:
        """Network, images and labels: the same in every process."""
        draw = generator(0, "peer", self.pixels)
        with initialising(0, "peer"):
            network = randomised(self.make(self.pixels, self.width), draw)
        x = torch.rand(self.images, 1, self.pixels, self.pixels, generator=draw)
        return network.eval(), x, torch.arange(self.images) % CLASSES


@torch.no_grad()
def randomised(network: nn.Module, draw: torch.Generator) -> nn.Module:
    """Draw weights that keep the size of what passes (He et al. 2015), and statistics for every batch norm."""
    for parameter in network.parameters():
        if parameter.dim() > 1:
            parameter.copy_((2 / parameter[0].numel()) ** 0.5 * torch.randn(parameter.shape, generator=draw))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(0.5 * torch.randn(module.running_mean.shape, generator=draw))
            module.running_var.copy_(0.5 + torch.rand(module.running_var.shape, generator=draw))
    return network


CASES: Final = {
    "residual-8": Case(residual, 8, 16, 32),
    "residual-16": Case(residual, 16, 16, 4),
    "cells-8": Case(cells, 8, 16, 32),
    "cells-16": Case(cells, 16, 16, 4),
}

TINY: Final = Case(residual, 4, 2, 1)
"""What a library is warmed up with."""
