"""What a method is asked."""

from dataclasses import dataclass, replace
from typing import Final

from torch import Tensor

from dsrna.bounds.ball import Ball
from dsrna.bounds.tracing.tape import Tape

MEMORY: Final = 1024
"""MiB that the rows of one backward pass may take, unless another limit is given."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Bound every output of ``tape`` from below, for every input in ``ball``.

    ``rounding``: the room left, relative to the values, at every node. ``memory``: MiB that one backward pass may take
    for what it keeps of its rows.
    """

    tape: Tape
    ball: Ball
    rounding: float = 0.0
    memory: int = MEMORY

    @property
    def batch(self) -> int:
        return len(self.ball.x)

    def within(self, eps: Tensor) -> "Problem":
        """The same problem for other radii."""
        return replace(self, ball=replace(self.ball, eps=eps))
