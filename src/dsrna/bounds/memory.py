"""How many rows fit into one backward pass."""

import math
from typing import Final

from dsrna.bounds.problem import Problem
from dsrna.bounds.tape import Tape, Value
from dsrna.errors import UserError

TEMPORARIES: Final = 3
"""Tensors of the size of an adjoint that a node may need beside it while it is passed."""


def rows_at_once(problem: Problem, at: Value) -> int:
    """Return how many rows of a pass from ``at`` fit into the problem's memory; ``UserError`` if not even one."""
    return _fitting(problem, peak(problem.tape, at))


def rows_kept(problem: Problem, at: Value) -> int:
    """The same for passes that keep every adjoint, to be differentiated."""
    return _fitting(problem, kept(problem.tape, at))


def _fitting(problem: Problem, elements: int) -> int:
    needed = elements * problem.tape.start.element_size() / 2**20
    if needed > problem.memory:
        raise UserError(
            f"one row of a backward pass over {problem.batch} images takes {needed:.3g} MiB, memory allows "
            f"{problem.memory}; lower the batch size or raise memory"
        )
    return int(problem.memory / needed)


def peak(tape: Tape, at: Value) -> int:
    """Return the elements that one row of a backward pass from ``at`` keeps at its widest."""
    live, widest = {at.index: math.prod(tape.shape(at))}, 0
    for index in range(at.index, 0, -1):
        if index in live:
            operands = {value.index: math.prod(tape.shape(value)) for value in tape.nodes[index - 1].operands}
            widest = max(widest, sum(live.values()) + TEMPORARIES * max(live[index], *operands.values()))
            del live[index]
            live.update(operands)
    return widest


def kept(tape: Tape, at: Value) -> int:
    """Return the elements that one row of a pass from ``at`` leaves behind for its gradient."""
    return (1 + TEMPORARIES) * sum(math.prod(tape.shape(Value(index))) for index in range(at.index + 1))
