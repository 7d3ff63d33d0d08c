"""An epoch of a search that has been begun: what is needed to go on in its middle, or to begin it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from dsrna.data import Position
from dsrna.runtime.begun import Begun
from dsrna.runtime.checkpoint import with_prefix, without_prefix
from dsrna.runtime.serialise import from_plain


@dataclass(kw_only=True)
class UnderWay(Begun):
    """``start``: everything as the epoch found it, to go back to where the metric explodes.

    ``loss``, ``right`` and ``seen``: sums over the images that this process has trained on.
    """

    start: dict[str, Tensor]
    loss: float = 0.0
    right: float = 0.0
    seen: float = 0.0

    def count(self, loss: float, right: int, images: int) -> None:
        """Take in a batch: its mean loss, and how many of its images were classified right."""
        self.batches += 1
        self.loss, self.right, self.seen = self.loss + loss * images, self.right + right, self.seen + images

    @property
    def position(self) -> Position | None:
        """Where in the training half it is."""
        return Position(self.batches, self.states["order"]) if self.states else None

    def tensors(self) -> dict[str, Tensor]:
        """Return all that is a tensor, by name."""
        return {**with_prefix("states", self.states), **with_prefix("start", self.start)}

    def plain(self) -> dict[str, Any]:
        return {**super().plain(), "loss": self.loss, "right": self.right, "seen": self.seen}

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], plain: object, *, first: bool) -> "UnderWay":
        """Return what ``tensors`` and ``plain`` were taken of; the sums are for the ``first`` of several processes."""
        read = from_plain(_Plain, plain, where="under_way")
        return cls(
            batches=read.batches,
            states=without_prefix("states", tensors),
            before=read.seconds,
            start=without_prefix("start", tensors),
            loss=read.loss if first else 0.0,
            right=read.right if first else 0.0,
            seen=read.seen if first else 0.0,
        )


@dataclass(frozen=True)
class _Plain:
    """What ``UnderWay.plain`` is read as."""

    batches: int
    seconds: float
    loss: float
    right: float
    seen: float
