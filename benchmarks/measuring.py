"""CPU seconds and memory of a piece of work, in this process. Linux only."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def least(*works: Callable[[], object], rounds: int = 5) -> list[float]:
    """The least time of each, in turns, so that a busy moment of the machine hits all."""
    table = [[seconds(work) for work in works] for _ in range(rounds)]
    return [min(times) for times in zip(*table, strict=True)]


def with_peak(work: Callable[[], T]) -> tuple[T, float]:
    """The result of ``work``, and by how many MiB the resident memory rose at most above what it was before."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak so far becomes the size now
    before = resident("VmRSS")
    result = work()
    return result, resident("VmHWM") - before


def resident(field: str) -> float:
    """A size in MiB from the kernel's own account of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
