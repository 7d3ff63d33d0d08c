"""Cost of bounds, as ratios to a plain forward and backward pass of the same supernet, in one run.

All go to the gradient of the architecture parameters, on one thread; CPU seconds, the least of interleaved rounds.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from dsrna.bounds import METHODS, margin_bound
from dsrna.runtime.seeds import generator
from dsrna.spaces import SpaceSettings, Supernet
from measuring import least

SETTINGS = [(8, 1), (8, 4), (28, 4)]
"""Pixels a side, and k of the partial channels."""

AT_MOST = {"interval": 2.0, "crown-ibp": 6.0}
"""The methods that a search may use, and the ratio that each should not exceed."""


def compare(pixels: int, partial_channels: int) -> str:
    draw = generator(0, "benchmark", "bounds")
    settings = SpaceSettings(cells=3, channels=8, partial_channels=partial_channels)
    model = Supernet(settings, classes=10, in_channels=1, generator=draw).eval()
    x, y = torch.rand(64, 1, pixels, pixels, generator=draw), torch.randint(10, (64,), generator=draw)
    alpha = list(model.alpha.values())

    def differentiated(value: Callable[[], Tensor]) -> Callable[[], object]:
        return lambda: torch.autograd.grad(value().sum(), alpha)

    works = [partial(margin_bound, model, x, y, 1 / 255, method=name, targets="runner-up") for name in methods()]
    plain, *bounds = least(differentiated(lambda: model(x)), *(differentiated(work) for work in works))
    return f"{pixels:>6} {partial_channels:>3} {plain:>8.3f} s" + "".join(f"{each / plain:>11.2f}" for each in bounds)


def methods() -> list[str]:
    return [name for name in AT_MOST if name in METHODS]


def main() -> None:
    torch.set_num_threads(1)
    print("margin bound against the runner-up, as ratio to a plain pass; 3 cells, 8 channels, batch 64, one thread")
    print("pixels   k      plain" + "".join(f"{name:>11}" for name in methods()))
    for setting in SETTINGS:
        print(compare(*setting))
    print("at most              " + "".join(f"{AT_MOST[name]:>11.2f}" for name in methods()))


if __name__ == "__main__":
    main()
