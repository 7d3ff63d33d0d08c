"""The ways to bound a specification, by name."""

from typing import Final, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.ball import Ball
from dsrna.bounds.specification import Rows, specified
from dsrna.bounds.tape import Tape
from dsrna.registry import Registry


@runtime_checkable
class Method(Protocol):
    """Return a lower bound of each row of ``rows @ f`` over the ball, with ``rounding`` as the room at every node."""

    def __call__(self, tape: Tape, ball: Ball, rows: Rows, *, rounding: float = 0.0) -> Float[Tensor, "batch rows"]: ...


METHODS: Final[Registry[Method]] = Registry("bound method")


@METHODS.register(
    "interval",
    summary="boxes in centre and radius form, the specification folded into the last layer",
    source="Gowal et al. 2018, arXiv 1810.12715, sections 3.2 and 3.3",
)
def interval(tape: Tape, ball: Ball, rows: Rows, *, rounding: float = 0.0) -> Float[Tensor, "batch rows"]:
    return specified(tape, rows).propagate(ball.box(), rounding=rounding).lower
