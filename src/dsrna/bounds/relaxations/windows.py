"""The maximum over windows of elements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations.relaxation import inner

Spans = tuple[tuple[int, ...], ...]
"""For each output along one side, the input positions in its window."""


@dataclass(frozen=True, eq=False)
class Windows:
    """``lower_slope @ window <= max(window) <= upper_slope @ window + upper_offset``.

    Below, the element with the largest centre. Above, with ``m`` the largest lower end, the first of
    ``m + sum of relu(x_i - m)``, each ReLU under its chord, and the largest upper end that is the smaller at the
    centre. Both are exact where one element is above all others. ``table``: the inputs' places, one more than there are
    for nothing.
    """

    table: Int64[Tensor, "outputs size"]
    shape: torch.Size
    lower_slope: Float[Tensor, "*lead outputs size"]
    upper_slope: Float[Tensor, "*lead outputs size"]
    upper_offset: Float[Tensor, "*lead outputs"]
    undecided: Bool[Tensor, "*lead outputs size"]

    def pull(self, adjoint: Float[Tensor, "rows *result"]) -> tuple[list[Tensor], Float[Tensor, "rows n"]]:
        flat = adjoint.flatten(-2)
        parts = torch.where((flat > 0)[..., None], self.lower_slope, self.upper_slope) * flat[..., None]
        pulled = scattered(parts, self.table, self.shape)
        return [pulled.reshape(len(adjoint), *self.shape)], inner(flat.clamp(max=0), self.upper_offset)

    def loose(self) -> list[Tensor]:
        return [scattered(self.undecided.to(self.lower_slope), self.table, self.shape).reshape(self.shape) > 0]


def largest(x: Interval, rows: Spans, columns: Spans) -> Windows:
    """Bound the maximum over the windows ``rows`` by ``columns`` of the last two dimensions."""
    shape = x.centre.shape
    table = window_table(rows, columns, shape[-1], math.prod(shape[-2:])).to(x.centre.device)
    upper, offset, lower, undecided = _Largest.apply(x.centre, x.radius, table)  # type: ignore[no-untyped-call]
    return Windows(table, shape, lower, upper, offset, undecided)


class _Largest(torch.autograd.Function):
    """The lines of ``largest`` in one step, there and back.

    With m the largest lower end and w = u - l, an element that may be above it has the chord c = (u - m) / w, the best
    one has 1. The offset is ``-sum c l`` over the others, for what the best one adds is m - m. So dc/du = (1 - c) / w,
    dc/dl = c / w and dc/dm = -1 / w. Where the constant is taken, its gradient goes to all largest upper ends alike.
    """

    @staticmethod
    def forward(ctx: Any, centre: Tensor, radius: Tensor, table: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        lower, upper = gathered(torch.stack([centre - radius, centre + radius]), table)
        most, best = lower.max(-1, keepdim=True)
        others = (upper > most).scatter_(-1, best, value=False)
        chord = chords(lower, upper, most, others)
        offset = (chord * lower.masked_fill(~others, 0)).sum(-1).neg_()
        chord.scatter_(-1, best, 1.0)
        candidates = others.scatter(-1, best, value=True)
        doubled = (upper + lower).masked_fill_(~candidates, -math.inf)
        at_centre = offset + (chord * doubled.masked_fill(~candidates, 0)).sum(-1) / 2
        highest, most = upper.amax(-1), most[..., 0]
        # Two elements of one interval are a tie, and common: a maximum that two windows share. Rounding must not
        # decide it.
        flat = at_centre - most > (highest - most) * (1 + 1e-6)
        first = torch.zeros_like(chord).scatter_(-1, doubled.round(decimals=6).argmax(-1, keepdim=True), 1.0)
        undecided = candidates & others.any(-1, keepdim=True)
        ctx.save_for_backward(centre, radius, table, best, others, flat)
        ctx.mark_non_differentiable(first, undecided)
        return chord.masked_fill_(flat[..., None], 0), torch.where(flat, highest, offset), first, undecided

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        centre, radius, table, best, others, flat = ctx.saved_tensors
        lower, upper = gathered(torch.stack([centre - radius, centre + radius]), table)
        most, top = lower.gather(-1, best), upper == upper.amax(-1, keepdim=True)
        chord, inside = chords(lower, upper, most, others), torch.where(others, lower, 0)
        of_offset = gradients[1][..., None]
        of_sum = of_offset.masked_fill(flat[..., None], 0)
        of_chord = torch.where(others & ~flat[..., None], gradients[0] - of_sum * inside, 0) / widths(
            lower, upper, others
        )
        of_upper = of_chord * (1 - chord) + (of_offset - of_sum) * top / top.sum(-1, keepdim=True)
        of_lower = (of_chord - of_sum) * chord
        of_lower = of_lower.scatter_add(-1, best, -of_chord.sum(-1, keepdim=True))
        both = torch.stack([of_upper + of_lower, of_upper - of_lower])
        of_centre, of_radius = scattered(both, table, centre.shape).reshape(2, *centre.shape)
        return of_centre, of_radius, None


def chords(lower: Tensor, upper: Tensor, most: Tensor, others: Tensor) -> Tensor:
    """The slopes of the chords of ``relu(x - most)``, 0 but for ``others``."""
    return torch.where(others, upper - most, 0) / widths(lower, upper, others)


def widths(lower: Tensor, upper: Tensor, others: Tensor) -> Tensor:
    return torch.where(others, upper - torch.where(others, lower, 0), 1)


def scattered(
    parts: Float[Tensor, "*any outputs size"], table: Tensor, shape: torch.Size
) -> Float[Tensor, "*any inputs"]:
    """Add what belongs to one input of ``shape``: the transpose of gathering."""
    inputs = math.prod(shape[-2:])
    sums = parts.new_zeros(*parts.shape[:-2], inputs + 1)
    return sums.index_add(-1, table.flatten(), parts.flatten(-2))[..., :inputs]


def gathered(values: Tensor, table: Tensor) -> Tensor:
    """The values of each window; minus infinity where a window has less than its size."""
    padded = torch.nn.functional.pad(values.flatten(-2), (0, 1), value=-math.inf)
    return padded[..., table]


@lru_cache(maxsize=256)
def window_table(rows: Spans, columns: Spans, width: int, nothing: int) -> Int64[Tensor, "outputs size"]:
    """The flat places of each window's elements, filled up with ``nothing``."""
    windows = [[row * width + column for row in high for column in wide] for high in rows for wide in columns]
    size = max(map(len, windows))
    return torch.tensor([window + [nothing] * (size - len(window)) for window in windows])


def pooled(inputs: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil: bool) -> Sequence[int]:
    """Where the windows of a pooling begin; the last one may start in the padding's far side only if not beyond it."""
    span = inputs + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-span // stride) if ceil else span // stride) + 1
    if ceil and (count - 1) * stride >= inputs + padding:
        count -= 1
    return range(-padding, -padding + count * stride, stride)
