"""One side of a comparison, in a process of its own: bound a case by one library, print what it took as JSON.

``against_auto_lirpa.py`` starts it. The clock runs from images to bounds. Outside of clock and memory lie imports, the
bounds of a tiny network that bring in what a library loads when first used, its graph of the network and a plain pass.
"""

import argparse
import importlib
import json
import math
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from measuring import with_peak
from peer_networks import CASES, CLASSES, TINY

EPS = 2 / 255
THEIR_NAMES = {"interval": "IBP", "crown-ibp": "CROWN-IBP", "crown": "CROWN"}
SHORT = 1.0
"""Seconds. What takes less is done again, and the least counts."""

Bound = Callable[[], Tensor]


def ours(model: nn.Module, x: Tensor, y: Tensor, options: argparse.Namespace) -> Bound:
    from dsrna.bounds import margin_bound  # noqa: PLC0415  neither side carries the other in its memory

    return lambda: margin_bound(model, x, y, EPS, method=options.method, targets="all", memory=options.memory)


def theirs(model: nn.Module, x: Tensor, y: Tensor, options: argparse.Namespace) -> Bound:
    warnings.simplefilter("ignore")
    folder: Path = options.folder
    sys.path[:0] = [str(folder), str(folder / "src" / "abstractor")]
    library = importlib.import_module("auto_LiRPA")
    bounded = library.BoundedModule(model, x, bound_opts={"conv_mode": "matrix"})
    one = torch.eye(CLASSES)
    rows = torch.stack([(one[label] - one)[torch.arange(CLASSES) != label] for label in y.tolist()])
    name, low, high = THEIR_NAMES[options.method], (x - EPS).clamp(0, 1), (x + EPS).clamp(0, 1)

    def bound() -> Tensor:
        ball = library.PerturbationLpNorm(norm=math.inf, x_L=low, x_U=high)
        image = library.BoundedTensor(x, ball)
        lower: Tensor = bounded.compute_bounds(x=(image,), C=rows, method=name, bound_upper=False)[0]
        return lower

    return bound


SIDES = {"ours": ours, "theirs": theirs}


def timed(bound: Bound) -> tuple[float, Tensor]:
    """The least CPU seconds of up to five goes, as many as a short one is worth, and the bounds."""
    times: list[float] = []
    while True:
        start = time.process_time()
        result = bound()
        times.append(time.process_time() - start)
        if len(times) == 5 or times[0] > SHORT:
            return min(times), result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("method", choices=THEIR_NAMES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("memory", type=float)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    side = SIDES[options.side]
    side(*TINY.build(), options)()
    model, x, y = CASES[options.case].build()
    bound = side(model, x, y, options)
    model(x)
    (took, result), memory = with_peak(lambda: timed(bound))
    print(json.dumps({"seconds": took, "mebibytes": memory, "bounds": result.tolist()}))


if __name__ == "__main__":
    main()
