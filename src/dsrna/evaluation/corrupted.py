"""Accuracy under common corruptions, severity by severity."""

from collections.abc import Sequence
from itertools import product

from torch import nn

from dsrna.data import Images, batches
from dsrna.evaluation.corruptions import CORRUPTIONS, SEVERITIES
from dsrna.evaluation.counts import counted
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.results import CorruptionRow
from dsrna.runtime.modes import evaluating


def corrupted(
    model: nn.Module, images: Images, names: Sequence[str], *, batch_size: int, seed: int
) -> tuple[CorruptionRow, ...]:
    """Count the corrupted images that are classified rightly, whether or not they were before."""
    with evaluating(model):
        return tuple(
            _row(model, images, name, severity, batch_size=batch_size, seed=seed)
            for name, severity in product(names, SEVERITIES)
        )


def _row(model: nn.Module, images: Images, name: str, severity: int, *, batch_size: int, seed: int) -> CorruptionRow:
    right: list[bool] = []
    for x, y in batches(images, batch_size):
        right += (predictions(model, CORRUPTIONS[name](x, severity=severity, seed=seed)) == y).tolist()
    return CorruptionRow(name, severity, counted(right))
