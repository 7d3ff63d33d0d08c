"""Cost of an architecture step with each method, and of second order, as ratios to the plain first-order step.

One thread, CPU seconds, the least of interleaved rounds in one run, so that a busy moment of the machine hits all.
"""

import time
from dataclasses import replace

import torch

from dsrna.runtime.seeds import generator
from dsrna.search import METHODS, SearchSettings
from dsrna.search.objective import UpperLevel
from dsrna.search.steps import Optimizers, architecture_step
from dsrna.spaces import SpaceSettings, Supernet

ROUNDS = 3
SPACE = SpaceSettings(cells=3, channels=8, partial_channels=4)
BASE = SearchSettings(batch_size=64, metric_batch=8)


def seconds(settings: SearchSettings) -> float:
    draw = generator(0, "benchmark", "search")
    supernet = Supernet(SPACE, classes=10, in_channels=1, generator=draw)
    x, y = torch.rand(64, 1, 8, 8, generator=draw), torch.randint(10, (64,), generator=draw)
    optimizers, upper = Optimizers.make(supernet, settings), UpperLevel(settings)
    start = time.process_time()
    architecture_step(supernet, optimizers, upper, (x, y), (x, y))
    return time.process_time() - start


def main() -> None:
    torch.set_num_threads(1)
    forms = {
        f"{record.name}, order {order}": replace(BASE, method=record.name, order=order)
        for record in METHODS
        if record.value.searches
        for order in (1, 2)
    }
    rounds = [{name: seconds(settings) for name, settings in forms.items()} for _ in range(ROUNDS)]
    least = {name: min(times[name] for times in rounds) for name in forms}
    print(
        f"an architecture step; 3 cells, 8 channels, k = 4, batch 64, metric on {BASE.metric_batch} images, 8x8 pixels"
    )
    for name, value in least.items():
        print(f"{name:<26} {value:7.3f} s  {value / least['darts, order 1']:5.2f} times the plain step")


if __name__ == "__main__":
    main()
