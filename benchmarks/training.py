"""A step of adversarial training as ``dsrna`` takes it against a plain loop of the same, in one run.

PGD, seven steps from a random point, on random images: ours is what ``dsrna train`` does with a batch; plain is what
one writes down, on the layout of torch. Genotype ``darts-v2``, one thread, CPU seconds, the least of several rounds.
"""

import copy
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsrna.runtime.processes import ALONE
from dsrna.spaces import ARCHITECTURES
from dsrna.training import TrainingSettings
from dsrna.training.descent import Descent
from dsrna.training.placing import place
from dsrna.training.registry import Moment
from measuring import least

SETTINGS = [(8, 3, 1, 8, 64), (16, 3, 1, 28, 32), (16, 8, 3, 32, 16)]
"""Channels, cells, channels of the images, pixels a side, batch."""

PGD = TrainingSettings("pgd", epochs=1)


def descended(network: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(network.parameters(), lr=0.025, momentum=0.9, weight_decay=3e-4)


def ours(network: nn.Module, x: Tensor, y: Tensor) -> partial[Tensor]:
    place(network, PGD, torch.device("cpu"))
    descent = Descent(network, descended(network), PGD, ALONE)
    moment = Moment(torch.Generator().manual_seed(0), 0.0)
    return partial(descent.step, "pgd", (x, y), [moment])


def plain(network: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    network.eval()
    moved = (x + PGD.eps * (2 * torch.rand_like(x) - 1)).clamp(0, 1)
    for _ in range(PGD.steps):
        moved.requires_grad_(True)
        (slope,) = torch.autograd.grad(F.cross_entropy(network(moved), y), moved)
        moved = moved.detach() + PGD.step * slope.sign()
        moved = torch.min(torch.max(moved, x - PGD.eps), x + PGD.eps).clamp(0, 1)
    network.train()
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(F.cross_entropy(network(moved), y))
    nn.utils.clip_grad_norm_(network.parameters(), PGD.gradient_clip)
    optimizer.step()


def compare(channels: int, cells: int, colours: int, pixels: int, batch: int) -> str:
    network = ARCHITECTURES["darts-v2"].build(cells=cells, channels=channels, classes=10, in_channels=colours)
    other = copy.deepcopy(network)
    x, y = torch.rand(batch, colours, pixels, pixels), torch.randint(10, (batch,))
    mine, theirs = least(ours(network.train(), x, y), partial(plain, other, descended(other), x, y), rounds=4)
    return f"{channels:>8}{cells:>6}{pixels:>7}{batch:>6}{mine:>9.3f}{theirs:>9.3f}{mine / theirs:>7.2f}"


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print("channels cells pixels batch     ours    plain  ratio")
    for setting in SETTINGS:
        print(compare(*setting), flush=True)


if __name__ == "__main__":
    main()
