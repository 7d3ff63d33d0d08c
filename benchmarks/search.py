"""Cost of an architecture step with each method, and of second order, as ratios to the plain first-order step.

And, with ``--memory``, of one: what a weights step and an architecture step take at most beyond the process's start.

One thread, CPU seconds, the least of interleaved rounds in one run, so that a busy moment of the machine hits all.
The last lines are what a metric pays for the values of its images and their gradient: by a forward and a backward pass
of its own, as it does, and by a backward pass through what the loss has computed of the whole batch.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch

from dsrna.bounds import traces_kept
from dsrna.runtime.seeds import generator
from dsrna.search import METHODS, SearchSettings
from dsrna.search.steps import Batch, Bilevel, Moment
from dsrna.spaces import SpaceSettings, Supernet
from measuring import least, with_peak

BASE = SearchSettings(batch_size=64)


@dataclass(frozen=True)
class Setting:
    """A supernet, the images that it sees, and how often each step is timed."""

    space: SpaceSettings
    shape: tuple[int, int, int]
    rounds: int

    def __str__(self) -> str:
        space, (channels, height, width) = self.space, self.shape
        size = f"{space.cells} cells, {space.channels} channels, k = {space.partial_channels}"
        return f"{size}; {channels}x{height}x{width} pixels"


SETTINGS = {
    "small": Setting(SpaceSettings(cells=3, channels=8, partial_channels=4), (1, 8, 8), 10),
    "full": Setting(SpaceSettings(), (3, 32, 32), 1),
    "full-partial": Setting(SpaceSettings(partial_channels=4), (3, 32, 32), 2),
}
"""``full`` is without partial channels; there one step takes most of a minute. ``full-partial`` is that of cifar10."""


def supernet_of(setting: Setting) -> Supernet:
    draw = generator(0, "benchmark", "search")
    return Supernet(setting.space, classes=10, in_channels=setting.shape[0], generator=draw)


def own_passes(setting: Setting) -> Callable[[], None]:
    """The values of a metric's images by themselves, and their gradient in the architecture parameters."""
    supernet = supernet_of(setting).eval()
    x = torch.rand(BASE.metric_batch, *setting.shape)
    return lambda: differentiated(supernet, supernet(x))


def shared_pass(setting: Setting) -> Callable[[], None]:
    """The gradient of the same values, where they are cut out of what the loss has computed."""
    supernet = supernet_of(setting)
    logits = supernet(torch.rand(BASE.batch_size, *setting.shape))
    return lambda: differentiated(supernet, logits[: BASE.metric_batch])


def differentiated(supernet: Supernet, logits: torch.Tensor) -> None:
    torch.autograd.grad(logits.sum(), supernet.architecture_parameters(), retain_graph=True)


def step(setting: Setting, settings: SearchSettings) -> Callable[[], None]:
    levels, batch, moment = made(setting, settings)
    return partial(levels.architecture_step, batch, batch, moment)


def made(setting: Setting, settings: SearchSettings) -> tuple[Bilevel, Batch, Moment]:
    supernet, draw = supernet_of(setting), generator(0, "benchmark", "search")
    x = torch.rand(settings.batch_size, *setting.shape, generator=draw)
    y = torch.randint(10, (settings.batch_size,), generator=draw)
    return Bilevel.make(supernet, settings), (x, y), Moment(0.0, draw)


def weights_step(setting: Setting) -> Callable[[], object]:
    levels, batch, moment = made(setting, BASE)
    return lambda: levels.weights_step(batch, moment)


def iteration(setting: Setting, settings: SearchSettings) -> None:
    levels, batch, moment = made(setting, settings)
    levels.weights_step(batch, moment)
    levels.architecture_step(batch, batch, moment)


def main() -> None:
    searching = [record.name for record in METHODS if record.value.searches]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setting", choices=SETTINGS, default="small")
    parser.add_argument("--methods", nargs="+", choices=searching, default=searching)
    parser.add_argument("--orders", nargs="+", type=int, choices=(1, 2), default=(1, 2))
    parser.add_argument("--memory", choices=searching, metavar="METHOD", help="measure this method's memory alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    setting = SETTINGS[options.setting]
    if options.memory:
        _, peak = with_peak(lambda: iteration(setting, replace(BASE, method=options.memory)))
        print(f"{options.memory}; {setting}, batch {BASE.batch_size}: {peak:,.0f} MiB beyond the start")
        return
    names = [PLAIN, *((name, order) for order in options.orders for name in options.methods if (name, order) != PLAIN)]
    works = [step(setting, replace(BASE, method=name, order=order)) for name, order in names]
    with traces_kept():
        besides = (weights_step(setting), own_passes(setting), shared_pass(setting))
        *found, weights, own, shared = least(*works, *besides, rounds=setting.rounds)
    times = dict(zip(names, found, strict=True))
    print(f"an architecture step; {setting}, batch {BASE.batch_size}, metrics on {BASE.metric_batch} images of it")
    for (name, order), value in times.items():
        print(f"{name:<16} order {order} {value:9.3f} s  {value / times[PLAIN]:5.2f} times the plain step", flush=True)
    print(f"the weights step: {weights / times[PLAIN]:.2f} times the plain step")
    print("a metric's images, values and gradient, in plain steps:", end=" ")
    print(f"{own / times[PLAIN]:.2f} by passes of their own, {shared / times[PLAIN]:.2f} by the loss's")


PLAIN = ("darts", 1)

if __name__ == "__main__":
    main()
