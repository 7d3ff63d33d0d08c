"""What a ranking says."""

from dataclasses import dataclass
from typing import Final, Literal

ACCURACY: Final = "clean accuracy"
PARAMETERS: Final = "parameters"
MULTIPLY_ADDS: Final = "multiply-adds"
GRADIENT_NORM: Final = "gradient norm"


@dataclass(frozen=True)
class Score:
    """A line of ``rank/scores.jsonl``: what was measured of one architecture; None where it is not finite."""

    architecture: str
    metrics: dict[str, float | None]
    controls: dict[str, float | None]
    operations: dict[str, int]
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """A correlation, and the interval of its resamples; None where ties leave nothing to correlate."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Correlation:
    """How one predictor orders the architectures against one column of the table.

    ``estimates``: Kendall's tau and Spearman's rho, plain and given each of clean accuracy and parameters; positive
    where larger goes with larger. ``architectures``: how many had both values.
    """

    truth: str
    predictor: str
    kind: Literal["metric", "control"]
    architectures: int
    estimates: dict[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """``ranking.json``: what was measured how, and every correlation."""

    schema: Literal[1] = 1
    training: str
    steps: int
    scored: int
    wanted: int
    images: int
    resamples: int
    level: float
    correlations: tuple[Correlation, ...]
