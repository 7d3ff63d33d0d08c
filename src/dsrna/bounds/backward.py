"""One backward pass: linear functionals of a value, bounded from below by linear functionals of the input."""

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.affine import transposed
from dsrna.bounds.analysis import Analysis
from dsrna.bounds.relaxations import inner
from dsrna.bounds.tape import Value


def lower_bound(analysis: Analysis, at: Value, rows: Float[Tensor, "rows *value"]) -> Float[Tensor, "rows batch"]:
    """Return a lower bound, over the ball, of ``rows @ value`` for each example by itself.

    The adjoints of all values are what reverse-mode differentiation would compute, had every operation that is not
    affine the slopes of its relaxation (Zhang et al. 2018, CROWN, section 3.2).
    """
    adjoints, constant = {at.index: rows}, rows.new_zeros(len(rows), analysis.problem.batch)
    for index in range(at.index, 0, -1):
        if index in adjoints:
            adjoint = adjoints.pop(index)
            pulled, offset = _pulled(analysis, index, adjoint)
            constant = constant + _each_example(offset, constant) - _room(analysis, index, adjoint)
            for value, part in zip(analysis.node(index).operands, pulled, strict=True):
                adjoints[value.index] = adjoints[value.index] + part if value.index in adjoints else part
    if 0 not in adjoints:
        return constant
    return analysis.problem.ball.lowest(adjoints[0]) + constant - _room(analysis, 0, adjoints[0])


def _pulled(analysis: Analysis, index: int, adjoint: Tensor) -> tuple[list[Tensor], Tensor | None]:
    if index in analysis.relaxations:
        return analysis.relaxations[index].pull(adjoint)
    offset = analysis.offsets[index]
    constant = None if offset is None else inner(adjoint, offset)
    return transposed(analysis.node(index), analysis.problem.tape, adjoint), constant


def _each_example(offset: Tensor | None, like: Tensor) -> Tensor:
    """Constants by example; a single example may lie along other dimensions than the first."""
    if offset is None:
        return torch.zeros_like(like)
    return offset if offset.shape == like.shape else offset.sum(1, keepdim=True)


def _room(analysis: Analysis, index: int, adjoint: Tensor) -> Tensor:
    """What rounding may have added to the functional, at this node."""
    if not analysis.rooms:
        return adjoint.new_zeros(())
    room = inner(adjoint.abs(), analysis.rooms[index])
    return room if room.shape[1] == analysis.problem.batch else room.sum(1, keepdim=True)
