"""The set of inputs that a bound speaks of."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.interval import Interval


@dataclass(frozen=True, eq=False)
class Ball:
    """``{x' in [0, 1]^n : ||x' - x||_norm <= eps}``, a radius for each example, pixel units."""

    x: Float[Tensor, "batch *shape"]
    eps: Float[Tensor, "batch"]
    norm: float

    def box(self) -> Interval:
        """The smallest box around the ball without [0, 1], cut with [0, 1].

        The ball itself for L-inf. For L1 and L2 no pixel can move by more than ``eps`` either: sound, but loose.
        """
        eps = self.eps.reshape(-1, *[1] * (self.x.dim() - 1))
        return Interval.between((self.x - eps).clamp(0, 1), (self.x + eps).clamp(0, 1))
