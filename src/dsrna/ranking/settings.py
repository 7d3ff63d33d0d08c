"""What a ranking is of, beside the recipe."""

from dataclasses import dataclass

from dsrna.errors import UserError
from dsrna.metrics import METRICS


@dataclass(frozen=True)
class RankSettings:
    """``steps`` of the recipe's training before the metrics are taken; 0: at initialisation.

    Each metric is the mean over ``images`` held-out images, the clean accuracy that over ``accuracy_images``.
    ``resamples`` of the architectures give the intervals, which cover the share ``level``.
    """

    metrics: tuple[str, ...]
    steps: int = 0
    images: int = 64
    accuracy_images: int = 1000
    resamples: int = 1000
    level: float = 0.95

    def __post_init__(self) -> None:
        for name in self.metrics:
            METRICS.record(name)
        if not self.metrics or len(set(self.metrics)) != len(self.metrics):
            raise UserError("metrics must be different, one at least (see `dsrna list metrics`)")
        if self.steps < 0:
            raise UserError(f"steps must be 0 (at initialisation) or more, not {self.steps}")
        for name in ("images", "accuracy_images", "resamples"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 0 < self.level < 1:
            raise UserError(f"level must be a share between 0 and 1, both excluded, not {self.level:g}")
