"""The walk that every backward pass takes."""

from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.tracing.tape import Node, Tape, Value

Pull = Callable[[Node, Tensor], Sequence[Tensor]]
"""From a node and the adjoint of its result to the adjoints of its operands."""


def walked_back(
    tape: Tape, at: Value, rows: Float[Tensor, "rows *value"], pull: Pull
) -> Float[Tensor, "rows *start"] | None:
    """Carry linear functionals of a value back to the input, node by node; None where it does not depend on it."""
    adjoints = {at: rows}
    for node in reversed(tape.nodes):
        if node.result in adjoints:
            pulled = pull(node, adjoints.pop(node.result))
            for value, part in zip(node.operands, pulled, strict=True):
                adjoints[value] = adjoints[value] + part if value in adjoints else part
    return adjoints.get(tape.start)
