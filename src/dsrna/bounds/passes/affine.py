"""The two parts of an affine operation: its transpose and its constant."""

from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.rules.autograd import rows_transpose
from dsrna.bounds.rules.table import no_offset
from dsrna.bounds.tracing.tape import Node, shape_of


def transposed(node: Node, adjoint: Float[Tensor, "rows *result"]) -> list[Tensor]:
    """Pull functionals of the result back to functionals of each operand, in the order of the arguments."""
    if node.rule.transpose is not None:
        transpose = node.rule.transpose
        return list(node.applied(lambda *args, **kwargs: transpose(adjoint, *args, **kwargs), shape_of))

    def function(*operands: Tensor) -> Tensor:
        remaining = iter(operands)
        result: Tensor = node.applied(node.operation, lambda _: next(remaining))
        return result

    return rows_transpose(function, adjoint, [value.shape for value in node.operands])


def constant_part(node: Node, like: Tensor) -> Tensor | None:
    """Return what the operation makes of zeros, in a shape that broadcasts to the result's; None for a linear one."""
    if node.rule.offset is no_offset:
        return None
    if node.rule.offset is not None:
        constant: Tensor | None = node.applied(node.rule.offset, shape_of)
    else:
        constant = node.applied(node.operation, lambda value: like.new_zeros(value.shape))
    return None if constant is None else constant.to(like)
