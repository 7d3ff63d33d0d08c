"""A model as it is around its inputs, to first order: its outputs, and the gradients of linear functionals of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from dsrna.bounds.checks import checked_logits
from dsrna.bounds.passes.affine import transposed
from dsrna.bounds.passes.batchwise import MixedExamplesError, check_batchwise
from dsrna.bounds.passes.walk import walked_back
from dsrna.bounds.rules.autograd import copies_transpose
from dsrna.bounds.tracing.recorder import writes
from dsrna.bounds.tracing.tape import Node, Tape, Value
from dsrna.bounds.tracing.trace import trace
from dsrna.errors import UserError


@dataclass(frozen=True, eq=False)
class Linearised:
    """What ``tape`` computes of the images at hand."""

    tape: Tape
    values: dict[Value, Tensor]

    @property
    def outputs(self) -> Float[Tensor, "batch classes"]:
        return self.values[self.tape.output]

    def gradients(self, rows: Float[Tensor, "rows batch classes"]) -> Float[Tensor, "rows batch *shape"]:
        """Return, for each example, the gradients of ``rows @ f`` in its image; differentiable once more.

        One backward pass for all rows, in which an operation that is not affine has the slopes that it has at its
        operand. Those of ReLU and of a maximum change by jumps alone, so that nothing is differentiated through them.
        """
        back = walked_back(self.tape, self.tape.output, rows, self._pulled)
        return rows.new_zeros(len(rows), *self.values[self.tape.start].shape) if back is None else back

    def _pulled(self, node: Node, adjoint: Tensor) -> list[Tensor]:
        if node.rule.affine:
            return transposed(node, adjoint)
        known = self.values.__getitem__
        if node.rule.derivative is not None:
            derivative = node.rule.derivative
            return [node.applied(lambda *args, **kwargs: derivative(adjoint, *args, **kwargs), known)]
        return copies_transpose(
            lambda copies: node.applied(node.operation, lambda _: copies), adjoint, known(node.operands[0])
        )


def linearised(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> Linearised:
    """Run the model in evaluation mode on ``x``, one image or more.

    ``UserError`` for what cannot be traced, and for a model that mixes or moves the examples of a batch.
    """
    tape = trace(model, x)
    checked_logits(tape, x)
    try:
        check_batchwise(tape)
    except MixedExamplesError as error:
        raise UserError(f"{error} mixes or moves the examples of a batch") from error
    values = {tape.start: x}
    for node in tape.nodes:
        values[node.result] = _computed(node, values)
    return Linearised(tape, values)


def _computed(node: Node, values: Mapping[Value, Tensor]) -> Tensor:
    """The result of a node; an operation that writes in place gets a copy."""
    own = writes(node.operation, node.kwargs)
    result: Tensor = node.applied(node.operation, lambda value: values[value].clone() if own else values[value])
    return result
