"""How fast real data are ready: CIFAR-10 after the first time, and a folder of images beside two workers of Pillow.

    python benchmarks/reading.py --cifar10 DIR --folder imagenette64/train

Seconds by the clock, on two threads. The folder is read in batches of 96, first as files that nobody has decoded, then
once more, from memory. Pillow: two threads open, decode and copy the same files, and do nothing else. Medians of rounds
that take each in turn, and of the ratios within a round, so that a busy moment of the machine hits both sides.
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image

from dsrna.data import DataSettings, FolderImages, batches, load

WORKERS = 2
BATCH = 96
CIFAR10_ROUNDS = 3


def clocked(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cifar10(folder: Path) -> None:
    def ready() -> None:
        read = load(DataSettings("cifar10", folder), seed=0, device=torch.device("cpu"))
        assert len(read.train.labels) + len(read.test.labels) == 60_000

    ready()
    print(f"60,000 images of CIFAR-10: {min(clocked(ready) for _ in range(CIFAR10_ROUNDS)):.2f} s (aim: at most 3)")


def passed(images: FolderImages) -> None:
    for _ in batches(images, BATCH):
        pass


def pillow(paths: list[Path]) -> None:
    def decode(path: Path) -> None:
        with Image.open(path) as image:
            np.asarray(image.convert("RGB"))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(decode, paths))


def streamed(folder: Path, size: int, rounds: int) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    labels = torch.zeros(len(paths), dtype=torch.int64)
    table = []
    for _ in range(rounds):
        images = FolderImages(paths, labels, size=size, channels=3, workers=WORKERS)
        works = (partial(passed, images), partial(passed, images), partial(pillow, paths))
        table.append([clocked(work) for work in works])
    first, later, alone = (median(times) for times in zip(*table, strict=True))
    ratios = sorted(first / alone for first, _, alone in table)
    print(f"{len(paths):,} files: first pass {first:.2f} s, later {later:.2f} s, Pillow {alone:.2f} s")
    print(f"first pass in passes of Pillow: {median(ratios):.2f}, {ratios[0]:.2f} to {ratios[-1]:.2f} (aim: at most 1)")
    print(f"later: {median(later / alone for _, later, alone in table):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cifar10", type=Path, metavar="DIR", help="where cifar-10-batches-py lies")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="images, in folders of any depth")
    parser.add_argument("--size", type=int, default=64, metavar="N", help="pixels a side")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="times that the folder is read")
    options = parser.parse_args()
    if options.cifar10:
        cifar10(options.cifar10)
    if options.folder:
        streamed(options.folder, options.size, options.rounds)


if __name__ == "__main__":
    main()
