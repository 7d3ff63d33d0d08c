"""The data path against the training step that it feeds, and against Pillow alone, in one run.

``path`` is all that a batch costs: crops drawn, files read and decoded, pixels augmented, by any thread. ``step`` is a
forward and a backward pass with the update of the weights. CPU seconds, the least of interleaved rounds: the share is
that of a step which waits for every batch; with images read ahead, it waits for less. ``Pillow``: the same files opened
and decoded to arrays of their own size, neither cropped nor augmented.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from dsrna.data import Augmentation, FolderImages, Images, TensorImages, batches
from dsrna.spaces import ARCHITECTURES
from measuring import least

AT_MOST = 0.1
"""Share of a step that the data path may cost."""

BATCHES = 3


@dataclass(frozen=True)
class Setting:
    """Images, what is done to them, and the network that learns from them. ``stored``: side of the files, if any."""

    pixels: int
    stored: int | None
    batch: int
    cells: int
    channels: int
    stem: str
    augmentation: Augmentation


_SMALL = ("imagenet", Augmentation(flip=True, area=0.08))
SETTINGS = {
    "cifar10-small": Setting(32, None, 96, 3, 12, "cifar", Augmentation(pad=4, flip=True, cutout=16)),
    "cifar10-small, area": Setting(32, None, 96, 3, 12, "cifar", Augmentation(flip=True, area=0.08)),
    "imagenet-small": Setting(64, 64, 96, 5, 24, *_SMALL),
    "folder-small": Setting(64, 500, 64, 5, 24, "imagenet", Augmentation(pad=6, flip=True)),
    "folder-small, area": Setting(64, 500, 64, 5, 24, *_SMALL),
    "imagenet": Setting(224, 500, 8, 14, 48, *_SMALL),
}
"""Networks and batches of the recipes, but for ``imagenet``, whose batch a CPU takes too long for."""


def photographs(folder: Path, side: int, number: int) -> list[Path]:
    """Write JPEGs of smooth noise, which take about as many bytes as photographs of the size."""
    draw = np.random.default_rng(0)
    paths = [folder / f"{index}.jpg" for index in range(number)]
    for path in paths:
        coarse = Image.fromarray(draw.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC)).astype(np.int16)
        grain = draw.integers(-12, 13, smooth.shape)
        Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8)).save(path, quality=90)
    return paths


@contextmanager
def opened(setting: Setting) -> Iterator[tuple[Images, list[Path]]]:
    """The images of a setting, and the files that they come from."""
    number = BATCHES * setting.batch
    labels = torch.arange(number) % 10
    if setting.stored is None:
        pixels = torch.randint(256, (number, 3, setting.pixels, setting.pixels), dtype=torch.uint8)
        yield TensorImages(pixels, labels), []
        return
    with TemporaryDirectory() as folder:
        paths = photographs(Path(folder), setting.stored, number)
        yield FolderImages(paths, labels, size=setting.pixels, channels=3), paths


def path(images: Images, setting: Setting, epochs: Iterator[int]) -> None:
    draw = torch.Generator().manual_seed(next(epochs))
    for _ in batches(images, setting.batch, generator=draw, augmentation=setting.augmentation):
        pass


def training(setting: Setting) -> tuple[nn.Module, torch.optim.Optimizer]:
    network = ARCHITECTURES["darts-v2"].build(
        cells=setting.cells, channels=setting.channels, classes=10, in_channels=3, stem=setting.stem, auxiliary=False
    )
    return network, torch.optim.SGD(network.parameters(), lr=0.025, momentum=0.9)


def step(network: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(F.cross_entropy(network(x), y))
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()


def pillow(paths: list[Path]) -> None:
    for file in paths:
        with Image.open(file) as image:
            np.asarray(image.convert("RGB"))


def compare(name: str, setting: Setting, rounds: int) -> str:
    with opened(setting) as (images, paths):
        x, y = images.read(torch.arange(setting.batch)), images.labels[: setting.batch]
        works: list[Callable[[], None]] = [
            partial(path, images, setting, count()),
            partial(step, *training(setting), x, y),
            partial(pillow, paths),
        ]
        whole, one, plain = least(*works, rounds=rounds)
    a_batch = whole / BATCHES
    beside = f"{plain / whole:10.2f}" if paths else ""
    return f"{name:<20}{setting.batch:>6}{a_batch * 1e3:>10.1f}{one * 1e3:>10.1f}{a_batch / one:>9.1%}{beside}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"{'CPU milliseconds of a batch':>46}{'path /':>9}{'Pillow /':>10}")
    print(f"{'recipe':<20}{'batch':>6}{'path':>10}{'step':>10}{'step':>9}{'path':>10}")
    for name in options.settings:
        print(compare(name, SETTINGS[name], options.rounds), flush=True)
    print(f"at most{AT_MOST:>48.1%}")


if __name__ == "__main__":
    main()
