"""How many rows fit into one backward pass."""

from typing import Final

from dsrna.bounds.problem import Problem
from dsrna.bounds.tracing.tape import Tape, Value
from dsrna.errors import UserError

CACHE: Final = 16
"""MiB of rows that a CPU is given at once: of more it is slower, for they leave its caches."""

TEMPORARIES: Final = 3
"""Tensors of the size of an adjoint that a node may need beside it while it is passed."""


def rows_at_once(problem: Problem, at: Value) -> int:
    """Return how many rows of a pass from ``at`` fit into the problem's memory; ``UserError`` if not even one."""
    return _fitting(problem, peak(problem.tape, at))


def rows_kept(problem: Problem) -> int:
    """Return how many rows fit into a pass from the output that keeps every adjoint, to be differentiated."""
    return _fitting(problem, kept(problem.tape))


def _fitting(problem: Problem, elements: int) -> int:
    needed = elements * problem.tape.like.element_size() / 2**20
    if needed > problem.memory:
        raise UserError(
            f"one row of a backward pass over {problem.batch} images takes {needed:.3g} MiB, memory allows "
            f"{problem.memory}; lower the batch size or raise memory"
        )
    wanted = min(problem.memory, CACHE) if problem.tape.like.device.type == "cpu" else problem.memory
    return max(1, int(wanted / needed))


def peak(tape: Tape, at: Value) -> int:
    """Return the elements that one row of a backward pass from ``at`` keeps at its widest."""
    live, widest = {at}, 0
    for node in reversed(tape.nodes):
        if node.result in live:
            largest = max(value.shape.numel() for value in (node.result, *node.operands))
            widest = max(widest, sum(value.shape.numel() for value in live) + TEMPORARIES * largest)
            live = (live - {node.result}) | set(node.operands)
    return widest


def kept(tape: Tape) -> int:
    """Return the elements that one row of a pass from the output leaves behind for its gradient."""
    return (1 + TEMPORARIES) * sum(node.result.shape.numel() for node in tape.nodes)
