"""Cost of an interval bound, as a ratio to a plain forward and backward pass of the same supernet, in one run.

Both go to the gradient of the architecture parameters, on one thread; CPU seconds, the least of interleaved rounds.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from dsrna.bounds import margin_bound
from dsrna.runtime.seeds import generator
from dsrna.spaces import SpaceSettings, Supernet

ROUNDS = 5
SETTINGS = [(8, 1), (8, 4), (28, 4)]
"""Pixels a side, and k of the partial channels."""


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def least(*works: Callable[[], object]) -> list[float]:
    """The least time of each, in turns, so that a busy moment of the machine hits all."""
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def compare(pixels: int, partial_channels: int) -> str:
    draw = generator(0, "benchmark", "bounds")
    settings = SpaceSettings(cells=3, channels=8, partial_channels=partial_channels)
    model = Supernet(settings, classes=10, in_channels=1, generator=draw).eval()
    x, y = torch.rand(64, 1, pixels, pixels, generator=draw), torch.randint(10, (64,), generator=draw)
    alpha = list(model.alpha.values())

    def differentiated(value: Callable[[], Tensor]) -> Callable[[], object]:
        return lambda: torch.autograd.grad(value().sum(), alpha)

    plain, bound = least(differentiated(lambda: model(x)), differentiated(lambda: margin_bound(model, x, y, 1 / 255)))
    return f"{pixels:>6} {partial_channels:>3} {plain:>9.3f} {bound:>9.3f} {bound / plain:>6.2f}"


def main() -> None:
    torch.set_num_threads(1)
    print("interval margin bound against a plain pass; 3 cells, 8 channels, batch 64; CPU seconds on one thread")
    print("pixels   k     plain     bound  ratio")
    for setting in SETTINGS:
        print(compare(*setting))


if __name__ == "__main__":
    main()
