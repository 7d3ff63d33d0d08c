"""An epoch that has been begun: what is needed to go on in its middle."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from dsrna.data import Position
from dsrna.runtime.checkpoint import with_prefix, without_prefix
from dsrna.training.randomness import Sources


@dataclass
class UnderWay:
    """The batches done, what each step showed, what trainings remember (of each part of a batch), random states."""

    parts: int
    batches: int = 0
    steps: list[Tensor] = field(default_factory=list)
    memories: list[dict[str, Tensor]] = field(default_factory=list)
    states: dict[str, Tensor] = field(default_factory=dict)
    before: float = 0.0
    since: float = field(default_factory=time.monotonic)
    kept: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.memories = self.memories or [{} for _ in range(self.parts)]

    @property
    def seconds(self) -> float:
        """How long the epoch has taken, interruptions left out."""
        return self.before + time.monotonic() - self.since

    @property
    def position(self) -> Position | None:
        return Position(self.batches, self.states["steps"]) if self.states else None

    def resume(self, sources: Sources) -> None:
        """Put the random states back as they were; those of the steps are for whoever draws the order first."""
        if self.states:
            sources.restore_noise(self.states)

    def due(self, minutes: float) -> bool:
        """Tell whether it was kept, or begun, that long ago; never where ``minutes`` is 0."""
        return 0 < minutes * 60 <= time.monotonic() - self.kept

    def keep(self, sources: Sources) -> None:
        """Take note of the random states, so that all can be saved."""
        self.states, self.kept = sources.states(), time.monotonic()

    def tensors(self) -> dict[str, Tensor]:
        """Return all that is a tensor, by name; nothing of an epoch that has no states yet."""
        if not self.states:
            return {}
        memories = (with_prefix(str(part), memory) for part, memory in enumerate(self.memories))
        return {
            "steps": torch.stack(self.steps),
            **with_prefix("states", self.states),
            **{name: value for memory in memories for name, value in with_prefix("memory", memory).items()},
        }

    def plain(self) -> dict[str, Any]:
        return {"batches": self.batches, "seconds": self.seconds}

    @classmethod
    def of(
        cls, tensors: Mapping[str, Tensor], plain: Mapping[str, Any], parts: int, device: torch.device
    ) -> "UnderWay":
        """Return what ``tensors`` and ``plain`` were taken of."""
        memory = without_prefix("memory", tensors)
        memories = [without_prefix(str(part), memory) for part in range(parts)]
        return cls(
            parts,
            plain["batches"],
            [step.to(device) for step in tensors["steps"]],
            [{name: value.to(device) for name, value in one.items()} for one in memories],
            without_prefix("states", tensors),
            plain["seconds"],
        )
