"""Cell networks whose depthwise convolutions with a stride as long as their dilation are computed as plain ones.

Against torch's own convolution in their place, in one run: a training step, and PGD's forward and backward pass, on
random images. One thread, CPU seconds, the least of interleaved rounds.
"""

import copy
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from dsrna.runtime.memory_format import lay_out
from dsrna.spaces import ARCHITECTURES
from dsrna.spaces.operations import Depthwise
from measuring import least
from memory_format import attack, training


@dataclass(frozen=True)
class Setting:
    genotype: str
    channels: int
    cells: int
    colours: int
    pixels: int
    stem: str = "cifar"
    batch: int = 64


SETTINGS = [
    Setting("dsrna-mnist-adversarial", 16, 3, 1, 28, "imagenet", 128),
    Setting("darts-v2", 16, 3, 1, 28, "imagenet", 128),
    Setting("dsrna-digits", 8, 3, 1, 8),
    Setting("racl", 8, 3, 1, 8),
    Setting("racl", 16, 8, 3, 32),
]


def with_torchs(network: nn.Module) -> nn.Module:
    """Return a copy in which every depthwise convolution is torch's."""
    other = copy.deepcopy(network)
    for module in other.modules():
        if isinstance(module, Depthwise):
            module.__class__ = nn.Conv2d  # type: ignore[assignment]
    return other


def compare(of: Setting) -> str:
    network = ARCHITECTURES[of.genotype].build(
        cells=of.cells, channels=of.channels, classes=10, in_channels=of.colours, stem=of.stem
    )
    both = [network, with_torchs(network)]
    for each in both:
        lay_out(each)
    x, y = torch.rand(of.batch, of.colours, of.pixels, of.pixels), torch.randint(10, (of.batch,))
    ratios = []
    for work in (training, attack):
        ours, theirs = least(*(partial(work, each, x, y) for each in both))
        ratios.append(f"{ours / theirs:>12.2f}")
    return f"{of.genotype:<25}{of.channels:>9}{of.cells:>6}{of.pixels:>7}" + "".join(ratios)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print("genotype                  channels cells pixels    training      attack")
    for setting in SETTINGS:
        print(compare(setting), flush=True)


if __name__ == "__main__":
    main()
