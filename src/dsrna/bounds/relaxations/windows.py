"""The maximum over windows of elements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

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
        above, below = flat.clamp(min=0), flat.clamp(max=0)
        parts = above[..., None] * self.lower_slope + below[..., None] * self.upper_slope
        return [self._scattered(parts).reshape(len(adjoint), *self.shape)], inner(below, self.upper_offset)

    def loose(self) -> list[Tensor]:
        return [(self._scattered(self.undecided.to(self.lower_slope)) > 0).reshape(self.shape)]

    def _scattered(self, parts: Float[Tensor, "*any outputs size"]) -> Float[Tensor, "*any inputs"]:
        """Add what belongs to one input: the transpose of gathering."""
        inputs = math.prod(self.shape[-2:])
        sums = parts.new_zeros(*parts.shape[:-2], inputs + 1)
        return sums.index_add(-1, self.table.flatten(), parts.flatten(-2))[..., :inputs]


def largest(x: Interval, rows: Spans, columns: Spans) -> Windows:
    """Bound the maximum over the windows ``rows`` by ``columns`` of the last two dimensions."""
    shape = x.centre.shape
    table = window_table(rows, columns, shape[-1], math.prod(shape[-2:])).to(x.centre.device)
    lower, upper = gathered(x.lower, table), gathered(x.upper, table)
    most, best = lower.max(-1, keepdim=True)
    candidates = (upper > most).scatter(-1, best, value=True)
    chord = torch.where(candidates, (upper - most) / torch.where(candidates & (upper > lower), upper - lower, 1), 0)
    chord = chord.scatter(-1, best, 1.0)
    base = most[..., 0] - torch.where(candidates, chord * torch.where(candidates, lower, 0), 0).sum(-1)
    centre = torch.where(candidates, upper + lower, -math.inf)
    at_centre = base + torch.where(candidates, chord * centre / 2, 0).sum(-1)
    highest = upper.amax(-1)
    # Two elements of one interval are a tie, and common: a maximum that two windows share. Rounding must not decide it.
    flat = at_centre - most[..., 0] > (highest - most[..., 0]) * (1 + 1e-6)
    return Windows(
        table,
        shape,
        torch.zeros_like(chord).scatter(-1, centre.round(decimals=6).argmax(-1, keepdim=True), 1.0),
        torch.where(flat[..., None], 0, chord),
        torch.where(flat, highest, base),
        candidates & (candidates.sum(-1, keepdim=True) > 1),
    )


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
