"""A bound of the cross-entropy over a ball: what certified training descends."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def worst_cross_entropy(margins: Float[Tensor, "batch targets"]) -> Float[Tensor, "batch"]:
    """Return the cross-entropy where every margin ``f_y - f_t`` is as low as its bound: an upper bound of it.

    Wong and Kolter 2018, arXiv 1711.00851, theorem 2. ``margins``: against all other classes, ``(batch, classes - 1)``.
    """
    return torch.logsumexp(F.pad(-margins, (1, 0)), dim=1)
