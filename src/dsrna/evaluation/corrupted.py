"""Accuracy under common corruptions, severity by severity."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import torch
from torch import Tensor, nn

from dsrna.data import Images, batches
from dsrna.evaluation.corruptions import CORRUPTIONS, SEVERITIES
from dsrna.evaluation.counts import counted
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.results import CorruptionRow
from dsrna.runtime.memory import Halves
from dsrna.runtime.modes import evaluating


def corrupted(
    model: nn.Module, images: Images, names: Sequence[str], *, batch_size: int, seed: int, halves: Halves
) -> tuple[CorruptionRow, ...]:
    """Count the corrupted images that are classified rightly, whether or not they were before.

    Where memory does not suffice for a batch, its ``halves`` are: each image is corrupted by itself.
    """
    with evaluating(model):
        return tuple(
            _row(
                partial(_classified, model, name, severity, seed),
                images,
                name,
                severity,
                batch_size=batch_size,
                halves=halves,
            )
            for name, severity in product(names, SEVERITIES)
        )


def _row(
    classified: Callable[[Tensor], Tensor], images: Images, name: str, severity: int, *, batch_size: int, halves: Halves
) -> CorruptionRow:
    right: list[bool] = []
    for x, y in batches(images, batch_size):
        found = torch.cat(halves.over(len(x), lambda part, x=x: classified(x[part])))  # type: ignore[misc]
        right += (found == y).tolist()
    return CorruptionRow(name, severity, counted(right))


def _classified(model: nn.Module, name: str, severity: int, seed: int, x: Tensor) -> Tensor:
    return predictions(model, CORRUPTIONS[name](x, severity=severity, seed=seed))
