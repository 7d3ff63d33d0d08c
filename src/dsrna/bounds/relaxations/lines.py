"""Elementwise functions between two lines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations.relaxation import inner

PIECES: Final = 32
"""Into so many pieces an interval is cut to find how far a smooth function strays from its chord."""


@dataclass(frozen=True, eq=False)
class Lines:
    """``lower_slope x + lower_offset <= g(x) <= upper_slope x + upper_offset``, element by element.

    ``crossing``: the elements for which a narrower interval would help. ``free``: those whose lower line may have any
    slope from ``least`` to 1 through the origin instead, which is what ``alpha-crown`` chooses.
    """

    lower_slope: Float[Tensor, "*slopes"]
    lower_offset: Float[Tensor, "*shape"] | None
    upper_slope: Float[Tensor, "*shape"]
    upper_offset: Float[Tensor, "*shape"] | None
    crossing: Bool[Tensor, "*shape"]
    least: float | None = None

    def pull(self, adjoint: Float[Tensor, "rows *shape"]) -> tuple[list[Tensor], Float[Tensor, "rows n"]]:
        above, below = adjoint.clamp(min=0), adjoint.clamp(max=0)
        pulled = torch.addcmul(above * self.lower_slope, below, self.upper_slope)
        constant = adjoint.new_zeros(adjoint.shape[:2])
        if self.upper_offset is not None:
            constant = constant + inner(below, self.upper_offset)
        if self.lower_offset is not None:
            constant = constant + inner(above, self.lower_offset)
        return [pulled], constant

    def loose(self) -> list[Tensor]:
        return [self.crossing]

    def with_slope(self, slope: Float[Tensor, "#rows *shape"]) -> "Lines":
        """Return the lines with other lower slopes, for all rows or one set for each, where they are free."""
        return replace(self, lower_slope=torch.where(self.crossing, slope, self.lower_slope))


def kinked(x: Interval, left: float) -> Lines:
    """Bound ``max(x, left x)``, with 0 <= left <= 1: ReLU where ``left`` is 0, else leaky ReLU.

    The upper line is the chord. The lower one goes through the origin with the slope, 1 or ``left``, of the side that
    is longer (Zhang et al. 2018, CROWN, adaptive slopes).
    """
    lower, upper = x.lower, x.upper
    crossing = (lower < 0) & (upper > 0)
    width = torch.where(crossing, upper - lower, 1)
    chord = torch.where(crossing, (upper - left * lower) / width, torch.where(lower >= 0, torch.ones_like(width), left))
    offset = torch.where(crossing, -(1 - left) * upper * lower / width, 0)
    # Ties are common, where an interval is symmetric; rounding, which depends on the batch, must not decide them.
    longer = torch.where(upper > -lower * (1 + 1e-6), torch.ones_like(width), left)
    return Lines(torch.where(crossing, longer, chord), None, chord, offset, crossing, left)


def smooth(function: Callable[[Tensor], Tensor], x: Interval, curvature: float) -> Lines:
    """Bound a function with ``|g''| <= curvature`` by two lines parallel to its chord.

    How far ``g`` strays from the chord is seen at the ends of 32 pieces; between them it strays by at most
    ``curvature h^2 / 8`` more, ``h`` the length of a piece: the error of linear interpolation.
    """
    lower, upper = x.lower, x.upper
    width = upper - lower
    wide = width > 1e-6
    slope = torch.where(wide, (function(upper) - function(lower)) / torch.where(wide, width, 1), 0)
    steps = torch.linspace(0, 1, PIECES + 1, dtype=width.dtype, device=width.device)
    points = lower[..., None] + width[..., None] * steps
    stray = function(points) - slope[..., None] * points
    beyond = curvature * (width / PIECES).square() / 8
    return Lines(slope, stray.amin(-1) - beyond, slope, stray.amax(-1) + beyond, width > 0)
