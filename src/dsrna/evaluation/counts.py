"""A share of images, and how far it can be trusted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from dsrna.errors import UserError


@dataclass(frozen=True)
class Count:
    """``correct`` of ``total`` images."""

    correct: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.correct <= self.total or not self.total:
            raise UserError(f"a count is between 0 and its total, which is at least 1, not {self.correct}/{self.total}")

    @property
    def accuracy(self) -> float:
        return self.correct / self.total

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the Wilson score interval of the accuracy (Wilson 1927): sampling of images, nothing else.

        It says nothing of the noise between trainings, which several seeds must show.
        """
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        n, p = self.total, self.accuracy
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        return max(0.0, centre - half), min(1.0, centre + half)


def counted(hits: Sequence[bool]) -> Count:
    return Count(sum(hits), len(hits))
