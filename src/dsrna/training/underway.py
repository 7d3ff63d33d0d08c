"""An epoch of a training that has been begun: what is needed to go on in its middle."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dsrna.data import Position
from dsrna.runtime.begun import Begun
from dsrna.runtime.checkpoint import with_prefix, without_prefix
from dsrna.runtime.serialise import from_plain
from dsrna.training.randomness import Sources


@dataclass(kw_only=True)
class UnderWay(Begun):
    """What each step showed too, and what trainings remember of each of the ``parts`` of a batch."""

    parts: int
    steps: list[Tensor] = field(default_factory=list)
    memories: list[dict[str, Tensor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memories = self.memories or [{} for _ in range(self.parts)]

    @property
    def position(self) -> Position | None:
        return Position(self.batches, self.states["steps"]) if self.states else None

    def resume(self, sources: Sources) -> None:
        """Put the random states back as they were; those of the steps are for whoever draws the order first."""
        if self.states:
            sources.restore_noise(self.states)

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

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], plain: object, parts: int, device: torch.device) -> "UnderWay":
        """Return what ``tensors`` and ``plain`` were taken of."""
        read = from_plain(_Plain, plain, where="under_way")
        memory = without_prefix("memory", tensors)
        memories = [without_prefix(str(part), memory) for part in range(parts)]
        return cls(
            parts=parts,
            batches=read.batches,
            steps=[step.to(device) for step in tensors["steps"]],
            memories=[{name: value.to(device) for name, value in one.items()} for one in memories],
            states=without_prefix("states", tensors),
            before=read.seconds,
        )


@dataclass(frozen=True)
class _Plain:
    """What ``plain`` is read as."""

    batches: int
    seconds: float
