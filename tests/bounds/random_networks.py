"""Random small networks over all operations, with random weights and batch norm statistics."""

from collections.abc import Callable
from typing import Final

import torch
from random_blocks import CHANNELS, draw_block
from torch import Tensor, nn

from dsrna.spaces import SpaceSettings, Supernet
from dsrna.spaces.random import random_genotype
from dsrna.testing.bounds import Applied

CLASSES: Final = 4
SHAPE: Final = (2, 5, 5)

HEADS: Final[tuple[Callable[[], nn.Module], ...]] = (
    lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(CHANNELS, CLASSES)),
    lambda: nn.Sequential(
        nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(6 * CHANNELS, 5), nn.Linear(5, CLASSES)
    ),
    lambda: nn.Sequential(nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(4 * CHANNELS, CLASSES)),
    lambda: nn.Sequential(
        nn.AdaptiveAvgPool2d(2),
        *(nn.Flatten(2), nn.Linear(4, CHANNELS), nn.BatchNorm1d(CHANNELS), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(CHANNELS * CHANNELS, CLASSES)),
    ),
    lambda: nn.Sequential(nn.Conv2d(CHANNELS, CLASSES, 1), Applied(lambda x: x.sum((2, 3)) / 7 - 1)),
    lambda: nn.Sequential(nn.Conv2d(CHANNELS, CLASSES, 1), Applied(lambda x: x.flatten(2).mean(2))),
)


def random_network(generator: torch.Generator, *, blocks: int = 5) -> nn.Module:
    """Draw blocks, a head and all weights; float64, in training mode as a user may leave it."""
    body = [draw_block(generator) for _ in range(blocks)]
    head = HEADS[int(torch.randint(len(HEADS), (), generator=generator))]
    stem = nn.Conv2d(SHAPE[0], CHANNELS, 3, padding=1)
    return randomised(nn.Sequential(stem, *body, head()), generator)


def random_supernet(generator: torch.Generator, *, partial_channels: int) -> nn.Module:
    """All operations of the search space at once, twice, in a cell that halves the size."""
    settings = SpaceSettings(cells=1, channels=2 * partial_channels, nodes=1, partial_channels=partial_channels)
    supernet = Supernet(
        settings, classes=CLASSES, in_channels=SHAPE[0], mean=[0.4, 0.5], std=[0.2, 0.3], generator=generator
    )
    return randomised(supernet, generator)


def random_discrete_network(generator: torch.Generator) -> nn.Module:
    """A cell of a genotype drawn uniformly."""
    genotype = random_genotype(SpaceSettings(nodes=3), generator)
    return randomised(genotype.build(cells=1, channels=2, classes=CLASSES, in_channels=SHAPE[0]), generator)


KINDS: Final[tuple[Callable[[torch.Generator], nn.Module], ...]] = (
    random_network,
    lambda generator: random_network(generator, blocks=4),
    lambda generator: random_network(generator, blocks=1),
    random_discrete_network,
    lambda generator: random_network(generator, blocks=2),
    lambda generator: random_supernet(generator, partial_channels=1),
    random_network,
    lambda generator: random_network(generator, blocks=3),
    lambda generator: random_network(generator, blocks=6),
    lambda generator: random_supernet(generator, partial_channels=2),
)
"""What a soundness run tries in turn: networks of single operations and small cells, a discrete one, supernets."""


@torch.no_grad()
def randomised(network: nn.Module, generator: torch.Generator) -> nn.Module:
    """Draw every parameter, and statistics for every batch norm; as large as outputs of order one need."""
    network.double()
    for parameter in network.parameters():
        fan = parameter[0].numel() if parameter.dim() > 1 else 1
        parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype) / fan**0.5)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(0.5 * torch.randn(module.running_mean.shape, generator=generator))
            module.running_var.copy_(0.3 + torch.rand(module.running_var.shape, generator=generator))
    return network


def images(generator: torch.Generator, count: int) -> Tensor:
    """Images whose pixels are, some of them, at the edge of the box."""
    return (1.4 * torch.rand(count, *SHAPE, dtype=torch.float64, generator=generator) - 0.2).clamp(0, 1)
