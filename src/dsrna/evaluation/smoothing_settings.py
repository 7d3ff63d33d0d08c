"""What a recipe says of randomised smoothing."""

import math
from dataclasses import dataclass
from typing import Final

from dsrna.errors import UserError
from dsrna.evaluation.checks import check_counts

SMOOTHING: Final = "smoothing"
"""Its name among the methods of certification."""


@dataclass(frozen=True)
class SmoothingSettings:
    """Randomised smoothing (Cohen, Rosenfeld, Kolter 2019, arXiv 1902.02918, section 3.2): a probabilistic certificate.

    ``sigma``: the noise's standard deviation, pixel units. ``n0`` noisy copies of an image guess its class, ``n``
    others estimate that class's probability. Each certificate is wrong with probability ``alpha`` at most.
    ``batch_size``: so many copies pass the network at once.
    """

    sigma: float = 0.25
    n0: int = 100
    n: int = 10_000
    alpha: float = 0.001
    batch_size: int = 500

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sigma) and self.sigma > 0):
            raise UserError(f"smoothing.sigma must be a finite number above 0, not {self.sigma:g}")
        if not 0 < self.alpha < 1:
            raise UserError(f"smoothing.alpha must lie between 0 and 1, not be {self.alpha:g}")
        check_counts(**{f"smoothing.{name}": getattr(self, name) for name in ("n0", "n", "batch_size")})

    @property
    def confidence(self) -> float:
        """The probability with which a single certificate holds, at least."""
        return 1 - self.alpha
