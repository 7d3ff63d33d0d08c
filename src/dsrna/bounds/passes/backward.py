"""One backward pass: linear functionals of a value, bounded from below by linear functionals of the input."""

from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.passes.affine import transposed
from dsrna.bounds.passes.analysis import Analysis
from dsrna.bounds.passes.walk import walked_back
from dsrna.bounds.relaxations import inner
from dsrna.bounds.tracing.tape import Node, Value


def lower_bound(analysis: Analysis, at: Value, rows: Float[Tensor, "rows *value"]) -> Float[Tensor, "rows batch"]:
    """Return a lower bound, over the ball, of ``rows @ value`` for each example by itself.

    The adjoints of all values are what reverse-mode differentiation would compute, had every operation that is not
    affine the slopes of its relaxation (Zhang et al. 2018, CROWN, section 3.2).
    """
    problem = analysis.problem
    constant = rows.new_zeros(len(rows), problem.batch)

    def pull(node: Node, adjoint: Tensor) -> list[Tensor]:
        nonlocal constant
        pulled, offset = _pulled(analysis, node, adjoint)
        constant = _added(constant, offset, _room(analysis, node.result, adjoint))
        return pulled

    adjoint = walked_back(problem.tape, at, rows, pull)
    if adjoint is None:
        return constant
    return _added(constant, problem.ball.lowest(adjoint), _room(analysis, problem.tape.start, adjoint))


def _pulled(analysis: Analysis, node: Node, adjoint: Tensor) -> tuple[list[Tensor], Tensor | None]:
    if node.result in analysis.relaxations:
        return analysis.relaxations[node.result].pull(adjoint)
    offset = analysis.offsets.get(node.result)
    return transposed(node, adjoint), None if offset is None else inner(adjoint, offset)


def _room(analysis: Analysis, value: Value, adjoint: Tensor) -> Tensor | None:
    """What rounding may have added to the functional at this value."""
    room = analysis.rooms.get(value)
    return None if room is None else -inner(adjoint.abs(), room)


def _added(constant: Float[Tensor, "rows batch"], *terms: Tensor | None) -> Float[Tensor, "rows batch"]:
    """Add constants by example; a single example may lie along other dimensions than the first."""
    for term in terms:
        if term is not None:
            constant = constant + (term if term.shape == constant.shape else term.sum(1, keepdim=True))
    return constant
