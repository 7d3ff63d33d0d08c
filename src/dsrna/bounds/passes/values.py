"""What a tape computes of the images at hand."""

from collections import Counter
from collections.abc import Mapping

from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.tracing.recorder import writes
from dsrna.bounds.tracing.tape import Node, Tape, Value


def values_of(tape: Tape, x: Float[Tensor, "batch *shape"]) -> dict[Value, Tensor]:
    """Return every value, that of the input too."""
    values = {tape.start: x}
    for node in tape.nodes:
        values[node.result] = computed(node, values)
    return values


def output_of(tape: Tape, x: Float[Tensor, "batch *shape"]) -> Tensor:
    """Return the output; no other value is kept longer than it is needed."""
    values = {tape.start: x}
    uses = Counter([tape.output, *(value for node in tape.nodes for value in node.operands)])
    for node in tape.nodes:
        values[node.result] = computed(node, values)
        uses.subtract(node.operands)
        for value in node.operands:
            if not uses[value]:
                values.pop(value, None)
    return values[tape.output]


def computed(node: Node, values: Mapping[Value, Tensor]) -> Tensor:
    """Return the result of a node; an operation that writes in place gets a copy."""
    own = writes(node.operation, node.kwargs)
    result: Tensor = node.applied(node.operation, lambda value: values[value].clone() if own else values[value])
    return result
