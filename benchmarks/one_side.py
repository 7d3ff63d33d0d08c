"""One side of a comparison, in a process of its own: bound a case by one library, print what it took as JSON.

``against_auto_lirpa.py`` starts it. The clock runs from images to bounds; imports and the building of either
library's graph of the network lie outside, as do the first forward pass of the network and its working memory.
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
from peer_networks import CASES, CLASSES

EPS = 2 / 255
THEIR_NAMES = {"interval": "IBP", "crown-ibp": "CROWN-IBP", "crown": "CROWN"}
SHORT = 1.0
"""Seconds. What takes less is done again, and the least counts."""

Bound = Callable[[], Tensor]


def ours(model: nn.Module, x: Tensor, y: Tensor, method: str, _: Path) -> Bound:
    from dsrna.bounds import margin_bound  # noqa: PLC0415  neither side carries the other in its memory

    return lambda: margin_bound(model, x, y, EPS, method=method, targets="all")


def theirs(model: nn.Module, x: Tensor, y: Tensor, method: str, folder: Path) -> Bound:
    warnings.simplefilter("ignore")
    sys.path[:0] = [str(folder), str(folder / "src" / "abstractor")]
    library = importlib.import_module("auto_LiRPA")
    bounded = library.BoundedModule(model, x, bound_opts={"conv_mode": "matrix"})
    one = torch.eye(CLASSES)
    rows = torch.stack([(one[label] - one)[torch.arange(CLASSES) != label] for label in y.tolist()])
    low, high = (x - EPS).clamp(0, 1), (x + EPS).clamp(0, 1)

    def bound() -> Tensor:
        ball = library.PerturbationLpNorm(norm=math.inf, x_L=low, x_U=high)
        image = library.BoundedTensor(x, ball)
        lower: Tensor = bounded.compute_bounds(x=(image,), C=rows, method=THEIR_NAMES[method], bound_upper=False)[0]
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
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    model, x, y = CASES[options.case].build()
    bound = SIDES[options.side](model, x, y, options.method, options.folder)
    model(x)
    (took, result), memory = with_peak(lambda: timed(bound))
    print(json.dumps({"seconds": took, "mebibytes": memory, "bounds": result.tolist()}))


if __name__ == "__main__":
    main()
