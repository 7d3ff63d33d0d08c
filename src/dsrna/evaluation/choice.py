"""Which test images are judged, and which of them stand for all where only a few can."""

import torch
from jaxtyping import Int64
from torch import Tensor

from dsrna.data.splits import rank_in_class, stratified
from dsrna.runtime import seeds


def chosen(labels: Int64[Tensor, "n"], limit: int | None, first: int | None = None) -> Int64[Tensor, "chosen"]:
    """Return the indices of ``limit`` images, stratified by class, beginning with those chosen for ``first``.

    The choice does not depend on a run's seed, and a smaller one is part of a larger one: networks, attacks and
    certificates that are compared are judged on the same images.
    """
    choice, head = _choice(labels, limit), _choice(labels, first if limit is None else min(first or limit, limit))
    return torch.cat([head, choice[~torch.isin(choice, head)]])


def spread(labels: Int64[Tensor, "n"], limit: int | None) -> Int64[Tensor, "spread"]:
    """Return the indices of ``limit`` images: the first of each class, then the second of each, and so on; None: all.

    Files often lie class by class: the first few are of one class, and say little of the others.
    """
    if limit is None:
        return torch.arange(len(labels))
    return rank_in_class(labels.cpu()).argsort(stable=True)[:limit]


def _choice(labels: Int64[Tensor, "n"], limit: int | None) -> Int64[Tensor, "chosen"]:
    count = len(labels) if limit is None else min(limit, len(labels))
    return stratified(labels.cpu(), count, seeds.generator(0, "evaluation"))[0]
