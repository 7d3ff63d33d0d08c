"""What attacks come to on a network of numbers: ``make golden`` writes it down anew, after a meant change.

    python tests/evaluation/golden_attacks.py --nudges 3    how far they go elsewhere when weights move by a little

Everything is float64 and smooth but for the signs of gradients, so that another machine's rounding is far below what is
compared. AutoAttack is not among them: its package computes in float32, and its own test holds it to the reference.
"""

import argparse
import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.evaluation.attacks import carlini_wagner, ddn, fgsm, noise, pgd, square
from dsrna.evaluation.predictions import predictions
from dsrna.runtime.files import write_json
from dsrna.runtime.seeds import generator
from dsrna.threat import distance

GOLDEN: Final = Path(__file__).with_suffix(".json")
CLASSES: Final = 4
SHAPE: Final = (2, 8, 9)
IMAGES: Final = 6
NUDGE: Final = 1e-12

Course = Callable[[nn.Module, Tensor, Tensor], Tensor]
COURSES: Final[dict[str, tuple[float, Course]]] = {
    "fgsm inf": (math.inf, partial(fgsm, eps=0.03)),
    "fgsm 2": (2.0, partial(fgsm, eps=0.2, norm=2.0)),
    "pgd inf": (math.inf, partial(pgd, eps=0.02, steps=7, early_stop=False)),
    "pgd inf, restarts": (math.inf, partial(pgd, eps=0.02, steps=3, restarts=3, seed=5)),
    "pgd 2": (2.0, partial(pgd, eps=0.15, norm=2.0, steps=6, step_size=0.04)),
    "pgd 1": (1.0, partial(pgd, eps=1.0, norm=1.0, steps=6, restarts=2, seed=5)),
    "cw": (2.0, partial(carlini_wagner, steps=120, searches=6, constant=1e-2)),
    "ddn": (2.0, partial(ddn, steps=40)),
    "square inf": (math.inf, partial(square, eps=0.055, queries=400, seed=5)),
    "square inf, small": (math.inf, partial(square, eps=0.08, queries=400, share=0.05, seed=5)),
    "square 2": (2.0, partial(square, eps=0.7, norm=2.0, queries=400, seed=5)),
    "square 2, small": (2.0, partial(square, eps=0.8, norm=2.0, queries=400, share=0.05, seed=5)),
    "noise inf": (math.inf, partial(noise, eps=0.1, seed=5)),
    "noise 2": (2.0, partial(noise, eps=0.5, norm=2.0, seed=5)),
    "noise 1": (1.0, partial(noise, eps=2.0, norm=1.0, seed=5)),
}
"""By name: the norm that the change is measured in, and the attack with its settings."""


def network(nudge: int = 0) -> nn.Module:
    """Return the network; with each weight moved by a relative ``NUDGE``, up or down at random, if ``nudge``."""
    draw = generator(0, "golden attacks")
    model = nn.Sequential(nn.Flatten(), nn.Linear(math.prod(SHAPE), 24), nn.Tanh(), nn.Linear(24, CLASSES)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw, dtype=torch.float64) / 4)
            if nudge:
                signs = torch.randint(2, parameter.shape, generator=generator(nudge, "nudge")) * 2 - 1
                parameter.mul_(1 + NUDGE * signs.double())
    return model


def figures(nudge: int = 0) -> dict[str, list[list[float]]]:
    """Return for each course, and of it for each image, how far it went and where to."""
    model, x = network(nudge), torch.rand(IMAGES, *SHAPE, generator=generator(1, "golden attacks"), dtype=torch.float64)
    y = predictions(model, x)
    y[-1] = (y[-1] + 1) % CLASSES
    return {name: figured(x, course(model, x, y), norm) for name, (norm, course) in COURSES.items()}


def figured(x: Tensor, found: Tensor, norm: float) -> list[list[float]]:
    place = torch.linspace(0.5, 1.5, x[0].numel(), dtype=torch.float64)
    return [
        list(pair) for pair in zip(distance(found, x, norm).tolist(), (found.flatten(1) @ place).tolist(), strict=True)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nudges", type=int, default=0, help="so many nudged networks; nothing is written down")
    count = parser.parse_args().nudges
    torch.set_num_threads(1)
    plain = figures()
    if not count:
        write_json(GOLDEN, plain)
        return 0
    others = [figures(nudge) for nudge in range(1, count + 1)]
    for name, there in plain.items():
        furthest = max(
            (torch.tensor(other[name], dtype=torch.float64) - torch.tensor(there, dtype=torch.float64))
            .abs()
            .max()
            .item()
            for other in others
        )
        sys.stdout.write(f"{name:20} moves by {furthest:.1e}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
