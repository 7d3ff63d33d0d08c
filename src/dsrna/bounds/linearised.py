"""A model as it is around its inputs, to first order: its outputs, and the gradients of linear functionals of them."""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.bounds.checks import checked_logits
from dsrna.bounds.passes.affine import transposed
from dsrna.bounds.passes.batchwise import MixedExamplesError, check_batchwise
from dsrna.bounds.passes.values import values_of
from dsrna.bounds.passes.walk import walked_back
from dsrna.bounds.rules.autograd import copies_transpose
from dsrna.bounds.tracing.tape import Node, Tape, Value
from dsrna.bounds.tracing.trace import trace
from dsrna.errors import UserError


@dataclass(frozen=True, eq=False)
class Linearised:
    """What ``tape`` computes of the images ``x``."""

    tape: Tape
    x: Float[Tensor, "batch *shape"]

    @property
    def outputs(self) -> Float[Tensor, "batch classes"]:
        return self._values[self.tape.output]

    @property
    def classes(self) -> int:
        return self.tape.output.shape[1]

    def gradients(self, rows: Float[Tensor, "rows batch classes"]) -> Float[Tensor, "rows batch *shape"]:
        """Return, for each example, the gradients of ``rows @ f`` in its image; differentiable once more.

        One backward pass for all rows, in which an operation that is not affine has the slopes that it has at its
        operand. Those of ReLU and of a maximum change by jumps alone, so that nothing is differentiated through them.
        """
        back = walked_back(self.tape, self.tape.output, rows, self._pulled)
        return rows.new_zeros(len(rows), *self.x.shape) if back is None else back

    @cached_property
    def _values(self) -> dict[Value, Tensor]:
        return values_of(self.tape, self.x)

    @cached_property
    def _operands(self) -> dict[Value, Tensor]:
        """The values at which slopes are taken; without a graph where no slope depends on them but by jumps."""
        smooth = any(not node.rule.affine and node.rule.derivative is None for node in self.tape.nodes)
        if smooth or "_values" in vars(self):
            return self._values
        with torch.no_grad():
            return values_of(self.tape, self.x)

    def _pulled(self, node: Node, adjoint: Tensor) -> list[Tensor]:
        if node.rule.affine:
            return transposed(node, adjoint)
        known = self._operands.__getitem__
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
    return Linearised(tape, x)
