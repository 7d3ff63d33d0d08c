"""Our PGD-20 against foolbox's and torchattacks', on the same networks and the same 200 digits.

foolbox is there for development; torchattacks is put into a folder of its own, without what it would drag in:

    pip install --no-deps --target FOLDER torchattacks==3.5.1
    python benchmarks/attacks.py --torchattacks FOLDER

A cell network after standard and after adversarial training, L-inf, eps 8/255 and 32/255, start at the image. One
thread, CPU seconds, the least of interleaved rounds in one run. "to the end" is ours with ``early_stop=False``.
"""

import argparse
import importlib
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsrna.data import Dataset, DataSettings, load
from dsrna.evaluation.attacks import pgd
from dsrna.evaluation.predictions import predictions
from dsrna.runtime.seeds import initialising
from dsrna.spaces import ARCHITECTURES
from measuring import least

STEPS, STEP = 20, 2.5 / 20
IMAGES, BATCH = 200, 64
RADII = (8 / 255, 32 / 255)
TRAINING = {"standard": 0.0, "adversarial": 16 / 255}
AIM = "aim: at most 0.80 of the faster peer"

Work = Callable[[], Tensor]


def trained(data: Dataset, epochs: int, eps: float) -> nn.Module:
    """A cell network after Adam on images that two steps of PGD moved within ``eps``."""
    with initialising(0, "benchmark", "attacks"):
        network = ARCHITECTURES["darts-v2"].build(cells=3, channels=8, classes=10, in_channels=1)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    x, y = data.train.read(torch.arange(len(data.train))), data.train.labels
    for epoch in range(epochs):
        order = torch.randperm(len(y), generator=torch.Generator().manual_seed(epoch))
        for rows in torch.chunk(order, len(y) // BATCH):
            images = (
                pgd(network, x[rows], y[rows], eps=eps, steps=2, step_size=eps, early_stop=False) if eps else x[rows]
            )
            optimizer.zero_grad()
            torch.autograd.backward(F.cross_entropy(network(images), y[rows]))
            optimizer.step()
    return network.eval()


def of_foolbox(network: nn.Module, x: Tensor, y: Tensor, eps: float) -> Work:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        foolbox = importlib.import_module("foolbox")
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    attack = foolbox.attacks.LinfPGD(rel_stepsize=STEP, steps=STEPS, random_start=False)
    return lambda: attack(model, x, y, epsilons=eps)[1]


def of_torchattacks(network: nn.Module, x: Tensor, y: Tensor, eps: float) -> Work:
    torchattacks = importlib.import_module("torchattacks")
    return partial(torchattacks.PGD(network, eps=eps, alpha=STEP * eps, steps=STEPS, random_start=False), x, y)


def compare(network: nn.Module, x: Tensor, y: Tensor, eps: float, *, peers: dict[str, Callable[..., Work]]) -> None:
    works: dict[str, Work] = {
        "ours": partial(pgd, network, x, y, eps=eps, steps=STEPS),
        "to the end": partial(pgd, network, x, y, eps=eps, steps=STEPS, early_stop=False),
    }
    works |= {name: make(network, x, y, eps) for name, make in peers.items()}
    seconds = dict(zip(works, least(*works.values()), strict=True))
    faster = min(seconds[name] for name in peers)
    for name, work in works.items():
        standing = int((predictions(network, work()) == y).sum())
        print(f"    {name:<12} {standing:>4} {seconds[name]:>8.3f} {seconds[name] / faster:>6.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--torchattacks", type=Path, metavar="FOLDER", help="where pip put it; without it, foolbox only"
    )
    parser.add_argument("--training", nargs="+", choices=TRAINING, default=list(TRAINING))
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    peers = {"foolbox": of_foolbox}
    if options.torchattacks:
        sys.path.append(str(options.torchattacks))
        peers["torchattacks"] = of_torchattacks
    data = load(DataSettings("digits"), seed=0, device=torch.device("cpu"))
    x, y = data.test.read(torch.arange(IMAGES)), data.test.labels[:IMAGES]
    print(f"of {IMAGES} images: standing, seconds, ratio to the faster peer")
    for training in options.training:
        network = trained(data, options.epochs, TRAINING[training])
        for eps in RADII:
            print(f"  {training} training, attacked at {eps * 255:g}/255")
            compare(network, x, y, eps, peers=peers)
    print(AIM)


if __name__ == "__main__":
    main()
