"""Where random numbers come from while a network trains: an epoch's are the same whenever it is run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from dsrna.runtime import seeds
from dsrna.runtime.processes import Processes


def drawn(generator: torch.Generator) -> int:
    """Return a seed, drawn from the generator."""
    return int(torch.randint(2**62, (), generator=generator))


@runtime_checkable
class DropsPaths(Protocol):
    """A network that can drop paths while it trains."""

    def set_drop_path(self, probability: float, generator: torch.Generator | None) -> None: ...


@dataclass(frozen=True)
class Sources:
    """The generators of an epoch: ``steps`` for order, augmentation and adversary, ``paths`` for dropped paths."""

    steps: torch.Generator
    paths: torch.Generator
    layers: int
    device: torch.device

    @classmethod
    def of(cls, seed: int, epoch: int, device: torch.device, processes: Processes) -> "Sources":
        """Of several processes all share ``steps``; dropped paths and layers differ, as their images do."""
        noise = seeds.derive(seed, "noise", epoch)
        noise = seeds.derive(noise, "process", processes.rank) if processes.rank else noise
        return cls(
            seeds.generator(seed, "train", epoch),
            seeds.generator(noise, "drop-path", device=device),
            seeds.derive(noise, "layers"),
            device,
        )

    def states(self) -> dict[str, Tensor]:
        """Return where all of them stand, torch's global ones included."""
        states = {"steps": self.steps.get_state(), "paths": self.paths.get_state(), "layers": torch.get_rng_state()}
        on_gpu = self.device.type == "cuda"
        return states | ({"gpu": torch.cuda.get_rng_state(self.device)} if on_gpu else {})

    def restore_noise(self, states: Mapping[str, Tensor]) -> None:
        """Put back all but ``steps``, from which an order must be drawn first."""
        self.paths.set_state(states["paths"])
        torch.set_rng_state(states["layers"])
        if "gpu" in states:
            torch.cuda.set_rng_state(states["gpu"], self.device)


@contextmanager
def dropping_paths(model: nn.Module, probability: float, generator: torch.Generator) -> Iterator[None]:
    """Let a network that can drop paths do so; afterwards it drops none, and holds no generator (nor can be copied)."""
    if not isinstance(model, DropsPaths):
        yield
        return
    model.set_drop_path(probability, generator)
    try:
        yield
    finally:
        model.set_drop_path(0.0, None)


@contextmanager
def layers_drawing_from(seed: int) -> Iterator[None]:
    """Seed torch's global state for layers that know no other (``nn.Dropout``); afterwards it is as it was."""
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield
