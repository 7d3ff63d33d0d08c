"""From scores and ground truth to correlations."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial as bound
from typing import Final

import torch
from torch import Tensor

from dsrna.ranking.correlation import Correlate, kendall, partial, resample, spearman
from dsrna.ranking.results import ACCURACY, PARAMETERS, Correlation, Estimate, Score
from dsrna.ranking.settings import RankSettings

COEFFICIENTS: Final[Mapping[str, Correlate]] = {"kendall": kendall, "spearman": spearman}
GIVEN: Final = (ACCURACY, PARAMETERS)
FEWEST: Final = 3
"""With fewer architectures there is no order to speak of."""


def summarise(
    scores: Sequence[Score],
    truths: Mapping[str, Sequence[float | None]],
    settings: RankSettings,
    generator: torch.Generator,
) -> tuple[Correlation, ...]:
    """Correlate every metric and every control with every column; ``truths`` are in the order of ``scores``."""
    predictors = dict(_predictors(scores, settings.metrics))
    seed = int(torch.randint(2**62, (), generator=generator))
    return tuple(
        Correlation(truth, name, "metric" if name in settings.metrics else "control", *found)
        for truth, column in truths.items()
        for name, values in predictors.items()
        if (found := _correlate(values, column, [predictors[each] for each in GIVEN], settings, seed))
    )


def _predictors(scores: Sequence[Score], metrics: Sequence[str]) -> Iterator[tuple[str, list[float | None]]]:
    for name in metrics:
        yield name, [score.metrics[name] for score in scores]
    for name in scores[0].controls if scores else ():
        yield name, [score.controls[name] for score in scores]
    for name in dict.fromkeys(name for score in scores for name in score.operations):
        yield f"edges: {name}", [float(score.operations.get(name, 0)) for score in scores]


def _correlate(
    values: Sequence[float | None],
    column: Sequence[float | None],
    given: Sequence[Sequence[float | None]],
    settings: RankSettings,
    seed: int,
) -> tuple[int, dict[str, Estimate]] | None:
    """Over the architectures that have all of it; None where these are too few."""
    whole = [row for row in zip(values, column, *given, strict=True) if None not in row]
    if len(whole) < FEWEST:
        return None
    x, y, *fixed = torch.tensor(whole, dtype=torch.float64).T
    draws = resample(len(x), settings.resamples, torch.Generator().manual_seed(seed))
    counts = torch.cat([torch.ones(1, len(x), dtype=torch.float64), draws])
    estimates = {}
    for name, coefficient in COEFFICIENTS.items():
        estimates[name] = _estimate(coefficient(x, y, counts), settings.level)
        for what, z in zip(GIVEN, fixed, strict=True):
            found = bound(partial, coefficient)(x, y, z, counts)
            estimates[f"{name} given {what}"] = _estimate(found, settings.level)
    return len(x), estimates


def _estimate(coefficients: Tensor, level: float) -> Estimate:
    """The first is that of the architectures themselves; resamples of nothing but ties do not count."""
    value, resamples = coefficients[0].item(), coefficients[1:]
    resamples = resamples[resamples.isfinite()]
    if not math.isfinite(value) or not len(resamples):
        return Estimate(None, None, None)
    tail = (1 - level) / 2
    low, high = resamples.quantile(torch.tensor([tail, 1 - tail], dtype=torch.float64)).tolist()
    return Estimate(value, low, high)
