"""Which test images are judged."""

import torch
from jaxtyping import Int64
from torch import Tensor

from dsrna.data.splits import stratified
from dsrna.runtime import seeds


def chosen(labels: Int64[Tensor, "n"], limit: int | None, first: int | None = None) -> Int64[Tensor, "chosen"]:
    """Return the indices of ``limit`` images, stratified by class, beginning with those chosen for ``first``.

    The choice does not depend on a run's seed, and a smaller one is part of a larger one: networks, attacks and
    certificates that are compared are judged on the same images.
    """
    choice, head = _choice(labels, limit), _choice(labels, first if limit is None else min(first or limit, limit))
    return torch.cat([head, choice[~torch.isin(choice, head)]])


def _choice(labels: Int64[Tensor, "n"], limit: int | None) -> Int64[Tensor, "chosen"]:
    count = len(labels) if limit is None else min(limit, len(labels))
    return stratified(labels.cpu(), count, seeds.generator(0, "evaluation"))[0]
