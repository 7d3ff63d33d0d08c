"""Projection onto the ball of a threat model, cut to the pixel box.

The argument why it is the nearest point stands in ``docs/explanation/attacks.md``.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Bool
from torch import Tensor

from dsrna.threat.ball import Pixels, inside
from dsrna.threat.model import ThreatModel

BISECTIONS: Final = 30


def project(adversarial: Pixels, x: Pixels, threat: ThreatModel) -> Pixels:
    """Return the nearest point of ball and box (Euclidean distance), to rounding; ``inside`` holds of the result.

    ``x`` must lie in [0, 1]. Under L-inf the projection clamps; under L1 and L2 it shrinks the change
    (``_shrunk``) and clamps to the box, and bisection finds how much of the change may stay.
    """
    return Region.around(x, threat).project(adversarial)


@dataclass(frozen=True)
class Region:
    """Ball and box around each of ``x``, to be projected onto again and again.

    ``bounds``: under L-inf the least and the largest value of each pixel; dearer than the clamp, so computed once.
    """

    x: Pixels
    threat: ThreatModel
    bounds: tuple[Pixels, Pixels] | None

    @classmethod
    def around(cls, x: Pixels, threat: ThreatModel) -> "Region":
        return cls(x, threat, _bounds(x, threat.eps) if threat.norm == math.inf else None)

    def rows(self, kept: Bool[Tensor, "batch"]) -> "Region":
        """Return the region of those examples only."""
        bounds = self.bounds and (self.bounds[0][kept], self.bounds[1][kept])
        return Region(self.x[kept], self.threat, bounds)

    def project(self, adversarial: Pixels) -> Pixels:
        if self.bounds is None:
            return _shrunk_into(adversarial, self.x, self.threat)
        return torch.clamp(adversarial, *self.bounds)


def _bounds(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    exact = x.double()
    low, high = (exact - eps).clamp(min=0), (exact + eps).clamp(max=1)
    return _one_float_inwards(low.to(x.dtype), x, eps), _one_float_inwards(high.to(x.dtype), x, eps)


def _one_float_inwards(bound: Tensor, x: Tensor, eps: float) -> Tensor:
    """Undo rounding: where a rounded bound lies beyond eps, the next float towards ``x`` does not."""
    beyond = (bound.double() - x.double()).abs() > eps
    return torch.where(beyond, torch.nextafter(bound, x), bound)


def _shrunk_into(adversarial: Tensor, x: Tensor, threat: ThreatModel) -> Tensor:
    """Bisect the share of the change that stays. The lower end is always a point that was seen to lie inside."""
    low, high = x.new_zeros(len(x)), x.new_ones(len(x))
    best, share = x, high
    for _ in range(1 + BISECTIONS):
        candidate = (x + _shrunk(adversarial - x, share, threat.norm)).clamp(0, 1)
        fits = inside(candidate, x, threat)
        best = torch.where(_column(fits, x), candidate, best)
        low, high = torch.where(fits, share, low), torch.where(fits, high, share)
        if torch.equal(low, high):
            break
        share = (low + high) / 2
    return best


def _shrunk(change: Tensor, share: Tensor, norm: float) -> Tensor:
    """Shrink as the multiplier of the norm's constraint does: L2 scales, L1 thresholds softly."""
    kept = _column(share, change)
    if norm == 2.0:
        return kept * change
    size = change.abs()
    largest = _column(size.flatten(1).amax(dim=1), change)
    return change.sign() * (size - (1 - kept) * largest).clamp(min=0)


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.view(-1, *[1] * (like.ndim - 1))
