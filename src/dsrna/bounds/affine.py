"""The two parts of an affine operation: its transpose and its constant."""

from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.rules.autograd import rows_transpose
from dsrna.bounds.tape import Node, Tape


def transposed(node: Node, tape: Tape, adjoint: Float[Tensor, "rows *result"]) -> list[Tensor]:
    """Pull functionals of the result back to functionals of each operand, in the order of the arguments."""
    if node.rule.transpose is not None:
        transpose = node.rule.transpose
        return list(node.applied(lambda *args, **kwargs: transpose(adjoint, *args, **kwargs), tape.shape))

    def function(*operands: Tensor) -> Tensor:
        remaining = iter(operands)
        result: Tensor = node.applied(node.operation, lambda _: next(remaining))
        return result

    return rows_transpose(function, adjoint, [tape.shape(value) for value in node.operands])


def constant_part(node: Node, tape: Tape) -> Float[Tensor, "*result"] | None:
    """Return what the operation makes of zeros; None for a linear one."""
    if node.rule.offset is not None:
        constant: Tensor | None = node.applied(node.rule.offset, tape.shape)
    else:
        constant = node.applied(node.operation, lambda value: tape.start.new_zeros(tape.shape(value)))
    return None if constant is None else constant.to(tape.start).expand(node.shape)
