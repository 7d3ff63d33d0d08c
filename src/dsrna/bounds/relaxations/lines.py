"""Elementwise functions between two lines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

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

    ``crossing``: the elements for which a narrower interval would help. ``least``: their lower line may have any slope
    from this to 1 through the origin instead, which is what ``alpha-crown`` chooses; None where it may not.
    """

    lower_slope: Float[Tensor, "*slopes"]
    lower_offset: Float[Tensor, "*shape"] | None
    upper_slope: Float[Tensor, "*shape"]
    upper_offset: Float[Tensor, "*shape"] | None
    crossing: Bool[Tensor, "*shape"]
    least: float | None = None

    def pull(self, adjoint: Float[Tensor, "rows *shape"]) -> tuple[list[Tensor], Float[Tensor, "rows n"]]:
        lines = self.lower_slope, self.lower_offset, self.upper_slope, self.upper_offset
        pulled, constant = _Pull.apply(adjoint, *lines)  # type: ignore[no-untyped-call]
        return [pulled], constant

    def loose(self) -> list[Tensor]:
        return [self.crossing]

    def with_slope(self, slope: Float[Tensor, "#rows *shape"]) -> "Lines":
        """Return the lines with other lower slopes, for all rows or one set for each, where they are free."""
        return replace(self, lower_slope=torch.where(self.crossing, slope, self.lower_slope))


class _Pull(torch.autograd.Function):
    """``Lines.pull`` in one step, there and back: the commonest one of a backward pass."""

    @staticmethod
    def forward(  # noqa: PLR0917 - torch calls it with all of them in their order
        ctx: Any, adjoint: Tensor, lower: Tensor, below: Tensor | None, upper: Tensor, above: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(adjoint, lower, below, upper, above)
        positive, negative = adjoint.clamp(min=0), adjoint.clamp(max=0)
        constant = adjoint.new_zeros(adjoint.shape[:2]) if above is None else inner(negative, above)
        constant = constant if below is None else constant + inner(positive, below)
        return positive.mul_(lower).addcmul_(negative, upper), constant

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        adjoint, lower, below, upper, above = ctx.saved_tensors
        of_pulled, of_constant = gradients
        of_constant = of_constant.reshape(*of_constant.shape, *[1] * (adjoint.dim() - 2))
        positive, negative = adjoint.clamp(min=0), adjoint.clamp(max=0)
        of_adjoint = of_pulled * torch.where(adjoint > 0, lower, upper)
        for part, offset in ((adjoint > 0, below), (adjoint <= 0, above)):
            of_adjoint = of_adjoint if offset is None else of_adjoint + of_constant * (part * offset)
        wanted = ctx.needs_input_grad
        return (
            of_adjoint,
            (of_pulled * positive).sum_to_size(lower.shape) if wanted[1] else None,
            (of_constant * positive).sum(0) if wanted[2] else None,
            (of_pulled * negative).sum(0) if wanted[3] else None,
            (of_constant * negative).sum(0) if wanted[4] else None,
        )


def kinked(x: Interval, left: float) -> Lines:
    """Bound ``max(x, left x)``, with 0 <= left <= 1: ReLU where ``left`` is 0, else leaky ReLU.

    The upper line is the chord. The lower one goes through the origin with the slope, 1 or ``left``, of the side that
    is longer (Zhang et al. 2018, CROWN, adaptive slopes).
    """
    chord, offset, lower, crossing = _Kinked.apply(x.centre, x.radius, left)  # type: ignore[no-untyped-call]
    return Lines(lower, None, chord, offset, crossing, left)


class _Kinked(torch.autograd.Function):
    """The lines of ``kinked`` in one step, there and back.

    Let p and n be the positive parts of the upper end and of minus the lower one. The chord has the slope
    s = (p + left n) / (p + n) and the offset o = (1 - left) p n / (p + n), also where the sign is known. Where it is
    not, the shares P = p / (p + n) and N = n / (p + n) give ds/dp = (1 - left) N / (p + n),
    ds/dn = -(1 - left) P / (p + n), do/dp = (1 - left) N^2 and do/dn = (1 - left) P^2; elsewhere they are constant.
    """

    @staticmethod
    def forward(ctx: Any, centre: Tensor, radius: Tensor, left: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        above, below = (radius + centre).relu_(), (radius - centre).relu_()
        width = (above + below).clamp_(min=torch.finfo(centre.dtype).tiny)
        crossing = torch.minimum(above, below) > 0
        # Ties are common, where an interval is symmetric; rounding, which depends on the batch, must not decide them.
        longer = above > below * (1 + 1e-6)
        slope = torch.full_like(width, left).masked_fill_(longer, 1)
        chord = torch.add(above, below, alpha=left).div_(width)
        offset = below.mul_(above).div_(width).mul_(1 - left)
        ctx.left = left
        ctx.save_for_backward(centre, radius, crossing)
        ctx.mark_non_differentiable(slope, crossing)
        return chord, offset, slope, crossing

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        centre, radius, crossing = ctx.saved_tensors
        of_chord, of_offset = gradients[:2]
        per_width = crossing / torch.where(crossing, 2 * radius, 1)
        above, below = (radius + centre) * per_width, (radius - centre) * per_width
        of_chord = of_chord * per_width
        of_above = (1 - ctx.left) * below * torch.addcmul(of_chord, of_offset, below)
        of_below = (ctx.left - 1) * above * torch.addcmul(of_chord, of_offset, above, value=-1)
        return of_above - of_below, of_above + of_below, None


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
