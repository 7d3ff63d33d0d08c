"""Random numbers: every consumer has a generator of its own, derived from the run's seed and a purpose."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def derive(seed: int, *purpose: object) -> int:
    """Return a 63-bit seed for ``purpose``, independent of the seeds of all other purposes."""
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: object, device: torch.device | str = "cpu") -> torch.Generator:
    return torch.Generator(device=device).manual_seed(derive(seed, *purpose))


@contextmanager
def initialising(seed: int, *purpose: object) -> Iterator[None]:
    """Let modules made in the block draw their first weights from the purpose's seed.

    torch's initialisers know only the global generator; it is handed back as it was.
    """
    with torch.random.fork_rng():
        torch.manual_seed(derive(seed, *purpose))
        yield
