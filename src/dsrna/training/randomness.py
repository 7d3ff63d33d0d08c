"""Where a network's own random numbers come from while it trains: an epoch's are the same whenever it is run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from dsrna.runtime import seeds


def drawn(generator: torch.Generator) -> int:
    """Return a seed, drawn from the generator."""
    return int(torch.randint(2**62, (), generator=generator))


@runtime_checkable
class DropsPaths(Protocol):
    """A network that can drop paths while it trains."""

    def set_drop_path(self, probability: float, generator: torch.Generator | None) -> None: ...


@contextmanager
def dropping_paths(model: nn.Module, probability: float, seed: int, device: torch.device) -> Iterator[None]:
    """Let a network that can drop paths do so; afterwards it drops none, and holds no generator (nor can be copied)."""
    if not isinstance(model, DropsPaths):
        yield
        return
    model.set_drop_path(probability, seeds.generator(seed, "drop-path", device=device))
    try:
        yield
    finally:
        model.set_drop_path(0.0, None)


@contextmanager
def layers_drawing_from(seed: int) -> Iterator[None]:
    """Seed torch's global state for layers that know no other (``nn.Dropout``); afterwards it is as it was."""
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        torch.manual_seed(seeds.derive(seed, "layers"))
        yield
