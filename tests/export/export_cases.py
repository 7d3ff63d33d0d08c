"""Networks of cells that are like trained ones: no weight and no statistic is left at its first value."""

import torch
from torch import nn

from dsrna.runtime import seeds
from dsrna.spaces import Architecture, SpaceSettings, random_genotype


def cell_network(seed: int, *, stem: str = "cifar") -> nn.Module:
    """A random cell network of four cells for grey images, five classes."""
    draw = seeds.generator(seed, "test")
    return network_of(random_genotype(SpaceSettings(nodes=3), draw), seed, cells=4, stem=stem)


def network_of(architecture: Architecture, seed: int, *, cells: int, stem: str = "cifar") -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = architecture.build(
            cells=cells, channels=4, classes=5, in_channels=1, mean=(0.3,), std=(0.4,), stem=stem
        )
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                for parameter in (module.weight, module.bias, module.running_mean):
                    assert parameter is not None
                    nn.init.normal_(parameter, 0.5, 0.2)
                nn.init.uniform_(module.get_buffer("running_var"), 0.5, 2)
    return network.eval()


def images(count: int, side: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 1, side, side, generator=torch.Generator().manual_seed(seed))
