"""Cell networks with channels last in memory, as they train and are attacked, against torch's own layout, in one run.

A training step, PGD's forward and backward pass, and a prediction, of a published genotype on random images. One
thread, CPU seconds, the least of interleaved rounds.
"""

import copy
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsrna.runtime.memory_format import lay_out
from dsrna.runtime.modes import evaluating
from dsrna.spaces import ARCHITECTURES
from measuring import least

SETTINGS = [("darts-v2", 8, 3, 1, 8), ("racl", 8, 3, 1, 8), ("darts-v2", 16, 4, 1, 28), ("darts-v2", 16, 8, 3, 32)]
"""Genotype, channels, cells, channels of the images, pixels a side."""

BATCH = 64


def training(network: nn.Module, x: Tensor, y: Tensor) -> None:
    torch.autograd.grad(F.cross_entropy(network(x), y), list(network.parameters()))


def attack(network: nn.Module, x: Tensor, y: Tensor) -> None:
    with evaluating(network):
        moved = x.clone().requires_grad_(True)
        torch.autograd.grad(F.cross_entropy(network(moved), y), moved)


@torch.no_grad()
def prediction(network: nn.Module, x: Tensor, y: Tensor) -> None:  # noqa: ARG001 - called like the others
    with evaluating(network):
        network(x)


def compare(genotype: str, channels: int, cells: int, colours: int, pixels: int) -> str:
    plain = ARCHITECTURES[genotype].build(cells=cells, channels=channels, classes=10, in_channels=colours)
    last = copy.deepcopy(plain)
    lay_out(last)
    x, y = torch.rand(BATCH, colours, pixels, pixels), torch.randint(10, (BATCH,))
    ratios = []
    for work in (training, attack, prediction):
        ours, theirs = least(*(partial(work, network, x, y) for network in (last, plain)))
        ratios.append(f"{ours / theirs:>12.2f}")
    return f"{genotype:<10}{channels:>9}{cells:>6}{pixels:>7}" + "".join(ratios)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print("genotype   channels cells pixels    training      attack  prediction")
    for setting in SETTINGS:
        print(compare(*setting), flush=True)


if __name__ == "__main__":
    main()
