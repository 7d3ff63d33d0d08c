"""Random numbers: every consumer has a generator of its own, derived from the run's seed and a purpose."""

import hashlib

import torch


def derive(seed: int, *purpose: object) -> int:
    """Return a 63-bit seed for ``purpose``, independent of the seeds of all other purposes."""
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: object, device: torch.device | str = "cpu") -> torch.Generator:
    return torch.Generator(device=device).manual_seed(derive(seed, *purpose))
