"""Random small networks over all operations, with random weights and batch norm statistics."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.testing.bounds import Applied

CLASSES: Final = 4
CHANNELS: Final = 4
SHAPE: Final = (2, 6, 6)


class Residual(nn.Module):
    """``a * block(x) + b * x`` with weights of any sign."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.weights = nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.weights[0] * self.block(x) - x * self.weights[1]
        return out


def halves(x: Tensor) -> Tensor:
    """Halves go two ways, meet again, and are shuffled."""
    first, second = x[:, : CHANNELS // 2], x[:, CHANNELS // 2 :]
    joined = torch.cat([second - first, 0.5 + torch.stack([first, -second]).mean(0)], dim=1)
    return joined.view(len(x), 2, CHANNELS // 2, *x.shape[2:]).transpose(1, 2).reshape(x.shape)


BLOCKS: Final[tuple[Callable[[], nn.Module], ...]] = (
    nn.ReLU,
    lambda: nn.Sequential(nn.BatchNorm2d(CHANNELS), nn.ReLU(inplace=True)),
    lambda: nn.LeakyReLU(0.1),
    nn.Sigmoid,
    nn.Tanh,
    nn.GELU,
    lambda: nn.GELU("tanh"),
    lambda: nn.BatchNorm2d(CHANNELS),
    lambda: nn.BatchNorm2d(CHANNELS, affine=False),
    lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding="same", groups=2),
    lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=2, dilation=2, groups=CHANNELS, bias=False),
    lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, padding_mode="circular"),
    lambda: nn.Conv2d(CHANNELS, CHANNELS, 5, stride=2, padding=2),
    lambda: nn.MaxPool2d(3, 1, 1),
    lambda: nn.MaxPool2d(2, 2, ceil_mode=True),
    lambda: nn.AvgPool2d(3, 1, 1),
    lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False, ceil_mode=True),
    lambda: Residual(nn.Sequential(nn.BatchNorm2d(CHANNELS), nn.ReLU(), nn.Conv2d(CHANNELS, CHANNELS, 1))),
    lambda: Applied(halves),
    nn.Dropout,
)

HEADS: Final[tuple[Callable[[], nn.Module], ...]] = (
    lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(CHANNELS, CLASSES)),
    lambda: nn.Sequential(nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(4 * CHANNELS, CLASSES)),
    lambda: nn.Sequential(nn.Conv2d(CHANNELS, CLASSES, 1), Applied(lambda x: x.sum((2, 3)) / 7 - 1)),
)


def random_network(generator: torch.Generator, *, blocks: int = 5) -> nn.Module:
    """Draw blocks, a head and all weights; float64, in training mode as a user may leave it."""
    drawn = torch.randint(len(BLOCKS), (blocks,), generator=generator).tolist()
    head = HEADS[int(torch.randint(len(HEADS), (), generator=generator))]
    stem = nn.Conv2d(SHAPE[0], CHANNELS, 3, padding=1)
    network = nn.Sequential(stem, *(BLOCKS[index]() for index in drawn), head()).double()
    randomise(network, generator)
    return network


@torch.no_grad()
def randomise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw every parameter, and statistics for every batch norm; as large as outputs of order one need."""
    for parameter in network.parameters():
        fan = parameter[0].numel() if parameter.dim() > 1 else 1
        parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype) / fan**0.5)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(0.5 * torch.randn(module.running_mean.shape, generator=generator))
            module.running_var.copy_(0.3 + torch.rand(module.running_var.shape, generator=generator))
