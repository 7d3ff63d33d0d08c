"""A search of thousands of steps: does its memory stay flat, do its files? ``make soak``.

The smallest supernet, thousands of both steps, a checkpoint every few of them. After each epoch resident memory, open
files, threads, and the bytes in the folder are read; after a warm-up none may grow. Exit status 1 if one does.
"""

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import torch
from rich.console import Console

from dsrna.data import TensorImages
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.progress import Terminal
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchEpoch, SearchSettings, search
from dsrna.spaces import SpaceSettings, Supernet

IMAGES: Final = 256
BATCH: Final = 8
MOST: Final = 1.0
"""KiB that memory may rise by an iteration, after the first quarter: the history is kept, a row an epoch."""
ROW: Final = 2_500
"""Bytes that a row of the history may take in a checkpoint, of which two are kept."""


@dataclass(frozen=True)
class Reading:
    """What the process holds at the end of an epoch. ``memory``: MiB."""

    memory: float
    files: int
    threads: int
    folder: int

    @classmethod
    def now(cls, folder: Path) -> "Reading":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        return cls(memory, len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), sum(sizes))


def slope(values: Sequence[float]) -> float:
    """Return the least-squares slope, a value an epoch."""
    places = torch.arange(len(values), dtype=torch.float64)
    centred = places - places.mean()
    return float(centred @ torch.tensor(values, dtype=torch.float64) / centred.square().sum())


def soaked(method: str, epochs: int, folder: Path) -> list[Reading]:
    """Search; return a reading an epoch."""
    draw, readings = generator(0), list[Reading]()
    images = TensorImages(torch.rand(IMAGES, 1, 4, 4, generator=draw), torch.randint(3, (IMAGES,), generator=draw))
    with initialising(0):
        supernet = Supernet(SpaceSettings(cells=2, channels=2, nodes=1), classes=3, in_channels=1, generator=draw)

    def noted(rows: Sequence[SearchEpoch]) -> None:
        if rows:
            readings.append(Reading.now(folder))

    settings = SearchSettings(method, epochs, warmup_epochs=1, batch_size=BATCH, metric_batch=2, bound_batch=2)
    settings = replace(settings, checkpoint_minutes=0.01)
    search(supernet, images, images, settings, checkpoints=Checkpoints(folder), noted=noted)
    return readings


def risen(readings: Sequence[Reading]) -> float:
    """Return by how much the memory rises, in KiB an iteration."""
    return 1024 * slope([reading.memory for reading in readings]) * BATCH / IMAGES


def faults(readings: Sequence[Reading]) -> list[str]:
    """Return what has grown since the first quarter."""
    rest = readings[len(readings) // 4 :]
    early, late, found = rest[0], rest[-1], []
    if risen(rest) > MOST:
        found.append(f"memory grew by {risen(rest):.1f} KiB an iteration, to {late.memory:.0f} MiB")
    if late.files > early.files:
        found.append(f"open files grew from {early.files} to {late.files}")
    if late.threads > early.threads:
        found.append(f"threads grew from {early.threads} to {late.threads}")
    if late.folder > early.folder + 2 * ROW * len(rest):
        found.append(f"the folder grew from {early.folder:,} to {late.folder:,} bytes")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=4000, help="of both steps, about")
    parser.add_argument("--method", default="dsrna-balanced", help="how to search")
    options = parser.parse_args()
    torch.set_num_threads(1)
    terminal, epochs = Terminal(Console()), max(8, options.iterations * BATCH // IMAGES)
    with TemporaryDirectory() as place:
        readings = soaked(options.method, epochs, Path(place))
    rest = readings[len(readings) // 4 :]
    terminal.say(
        f"{options.method}: {epochs * IMAGES // BATCH:,} iterations, {rest[0].memory:.0f} MiB after the first quarter, "
        f"{rest[-1].memory:.0f} at the end, {risen(rest):+.2f} KiB an iteration; folder {readings[-1].folder:,} bytes, "
        f"{readings[-1].files} open files, {readings[-1].threads} threads"
    )
    found = faults(readings)
    for fault in found:
        terminal.say(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
