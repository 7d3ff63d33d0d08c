"""Narrower intervals for the values that relaxations depend on, by backward passes of their own."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from dsrna.bounds.interval import Interval
from dsrna.bounds.passes.analysis import Analysis
from dsrna.bounds.passes.backward import lower_bound
from dsrna.bounds.passes.memory import rows_at_once
from dsrna.bounds.tracing.tape import Node, Value


def refine_operands(analysis: Analysis, node: Node) -> None:
    """Narrow the intervals of the operands of a node that is not affine, where that makes its relaxation tighter."""
    for value, loose in zip(node.operands, node.relaxation(analysis.known).loose(), strict=True):
        if value is not analysis.problem.tape.start:
            wanted = loose & ~analysis.narrowed[value] if value in analysis.narrowed else loose
            analysis.intervals[value] = refined(analysis, value, wanted)
            analysis.narrowed[value] = analysis.narrowed.get(value, wanted) | wanted


def refined(analysis: Analysis, at: Value, wanted: Bool[Tensor, "*value"]) -> Interval:
    """Return the interval of a value, made narrower, where it can be, for the ``wanted`` elements.

    A pass treats as many elements of each example as the one that wants most; elements that nobody wants are left out.
    """
    interval, batch = analysis.known(at), analysis.problem.batch
    flat = wanted.reshape(batch, -1)
    count = int(flat.sum(1).max())
    if not count:
        return interval
    places = flat.to(torch.uint8).argsort(dim=1, descending=True, stable=True)[:, :count]
    lower, upper = _bounds(analysis, at, places)
    # What one example has too few of is filled up; those extra bounds must not count, or the batch would.
    asked = flat.gather(1, places)
    return _intersected(interval, places, torch.where(asked, lower, -torch.inf), torch.where(asked, upper, torch.inf))


def _bounds(analysis: Analysis, at: Value, places: Int64[Tensor, "batch n"]) -> tuple[Tensor, Tensor]:
    """Lower and upper bounds of the elements at ``places``, ``(batch, n)`` each."""
    most = max(1, rows_at_once(analysis.problem, at) // 2)
    results = [passed(analysis, at, chunk) for chunk in torch.split(places, most, dim=1)]
    lower, upper = (torch.cat(parts, dim=1) for parts in zip(*results, strict=True))
    return lower, upper


def passed(analysis: Analysis, at: Value, places: Int64[Tensor, "batch n"]) -> tuple[Tensor, Tensor]:
    def both() -> Tensor:
        rows = one_hot(analysis, at, places)
        return lower_bound(analysis, at, torch.cat([rows, -rows]))

    if torch.is_grad_enabled():
        result: Tensor = checkpoint(both, use_reentrant=False)  # else all chunks would be kept for the gradient
    else:
        result = both()
    lower, negated_upper = result.chunk(2)
    return lower.T, -negated_upper.T


def one_hot(analysis: Analysis, at: Value, places: Int64[Tensor, "batch n"]) -> Float[Tensor, "n *value"]:
    batch, count = places.shape
    rows = analysis.problem.tape.like.new_zeros(count, batch, at.shape.numel() // batch)
    return rows.scatter_(2, places.T[..., None], 1.0).reshape(count, *at.shape)


def _intersected(interval: Interval, places: Tensor, lower: Tensor, upper: Tensor) -> Interval:
    """Two sound bounds meet in one; rounding may let a lower bound pass an upper one, by no more than itself."""
    batch, shape = len(places), interval.centre.shape
    old_lower, old_upper = interval.lower.reshape(batch, -1), interval.upper.reshape(batch, -1)
    new_lower = old_lower.scatter(1, places, torch.maximum(lower, old_lower.gather(1, places)))
    new_upper = old_upper.scatter(1, places, torch.minimum(upper, old_upper.gather(1, places)))
    return Interval.between(new_lower.reshape(shape), torch.maximum(new_upper, new_lower).reshape(shape))
