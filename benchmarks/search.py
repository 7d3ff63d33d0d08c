"""Cost of an architecture step with each method, and of second order, as ratios to the plain first-order step.

One thread, CPU seconds, the least of interleaved rounds in one run, so that a busy moment of the machine hits all.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from dsrna.bounds import traces_kept
from dsrna.runtime.seeds import generator
from dsrna.search import METHODS, SearchSettings
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import SpaceSettings, Supernet
from measuring import least

ROUNDS = 3
SPACE = SpaceSettings(cells=3, channels=8, partial_channels=4)
BASE = SearchSettings(batch_size=64, metric_batch=8)


def step(settings: SearchSettings) -> Callable[[], None]:
    draw = generator(0, "benchmark", "search")
    supernet = Supernet(SPACE, classes=10, in_channels=1, generator=draw)
    x, y = torch.rand(64, 1, 8, 8, generator=draw), torch.randint(10, (64,), generator=draw)
    levels, moment = Bilevel.make(supernet, settings), Moment(0.0, draw)
    return partial(levels.architecture_step, (x, y), (x, y), moment)


def main() -> None:
    torch.set_num_threads(1)
    forms = {
        f"{record.name}, order {order}": replace(BASE, method=record.name, order=order)
        for record in METHODS
        if record.value.searches
        for order in (1, 2)
    }
    with traces_kept():
        times = dict(zip(forms, least(*map(step, forms.values()), rounds=ROUNDS), strict=True))
    print("an architecture step; 3 cells, 8 channels, k = 4, batch 64, 8x8 pixels")
    print(f"metric on {BASE.metric_batch} images of a batch, certified ones on {BASE.bound_batch}; traces kept")
    for name, value in times.items():
        print(f"{name:<26} {value:7.3f} s  {value / times['darts, order 1']:5.2f} times the plain step")


if __name__ == "__main__":
    main()
