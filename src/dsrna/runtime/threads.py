"""How many CPU threads an operation may use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from dsrna.errors import UserError


@contextmanager
def limited(threads: int | None) -> Iterator[None]:
    """Give torch's operations so many threads in the block, and back what they had; None changes nothing.

    Small networks are faster with one: their operations are short, and a thread that waits beside another busy
    process costs more than it brings.
    """
    if threads is not None and threads < 1:
        raise UserError(f"threads must be at least 1, not {threads}")
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def cores() -> int:
    """Return how many of this machine's cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
