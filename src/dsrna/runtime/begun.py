"""An epoch that has been begun: how far it is, and when it is saved before it ends."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from dsrna.errors import UserError
from dsrna.runtime.processes import Processes
from dsrna.runtime.stopping import asked


@dataclass(kw_only=True)
class Begun:
    """The batches done, the random states after them, and the time that they took.

    ``before``: seconds before an interruption. No clock is read that could be set.
    """

    batches: int = 0
    states: dict[str, Tensor] = field(default_factory=dict)
    before: float = 0.0
    since: float = field(default_factory=time.monotonic)
    kept: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long the epoch has taken, interruptions left out."""
        return self.before + time.monotonic() - self.since

    def to_be_saved(self, minutes: float, count: int, processes: Processes) -> bool:
        """Tell whether it is saved now, of ``count`` batches: ``minutes`` are over, or a signal to stop waits.

        Only one process alone saves within an epoch: of several, each would have to save what is its own.
        """
        return processes.size == 1 and self.batches < count and (asked() or self._due(minutes))

    def keep(self, states: dict[str, Tensor]) -> None:
        """Take note of the random states, so that all can be saved."""
        self.states, self.kept = states, time.monotonic()

    def plain(self) -> dict[str, Any]:
        """Return what is no tensor."""
        return {"batches": self.batches, "seconds": self.seconds}

    def _due(self, minutes: float) -> bool:
        """Tell whether it was kept, or begun, that long ago; never where ``minutes`` is 0."""
        return 0 < minutes * 60 <= time.monotonic() - self.kept


def check_numbered(epochs: Sequence[int], most: int) -> None:
    """Raise ``UserError`` where the epochs of a history are not 1, 2 and so on, to ``most`` at most."""
    if len(epochs) > most:
        raise UserError(f"its history has {len(epochs)} epochs of {most}")
    if list(epochs) != list(range(1, len(epochs) + 1)):
        raise UserError("the epochs of its history are not numbered from 1")
