"""A box in centre and radius form: what a tensor may be, element by element."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Interval:
    """``centre - radius <= value <= centre + radius``; the radius is not negative."""

    centre: Float[Tensor, "*shape"]
    radius: Float[Tensor, "*shape"]

    @classmethod
    def between(cls, lower: Float[Tensor, "*shape"], upper: Float[Tensor, "*shape"]) -> "Interval":
        return cls((lower + upper) / 2, (upper - lower) / 2)

    @property
    def lower(self) -> Tensor:
        return self.centre - self.radius

    @property
    def upper(self) -> Tensor:
        return self.centre + self.radius

    def met(self, other: "Interval") -> "Interval":
        """Return what lies in both; where, by rounding alone, nothing does, their common end."""
        lower = torch.maximum(self.lower, other.lower)
        return Interval.between(lower, torch.maximum(torch.minimum(self.upper, other.upper), lower))

    def widened(self, rounding: float) -> "Interval":
        """Make room for rounding errors of ``rounding`` relative to the values, and to 1."""
        return Interval(self.centre, self.radius + rounding * (1 + self.centre.abs() + self.radius))
