"""Sums and means over dimensions: linear, with no negative coefficient."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from dsrna.bounds.rules.families import commuting
from dsrna.bounds.rules.table import no_offset, rule

Dimensions = int | Sequence[int] | None


def sum_back(adjoint: Tensor, x: torch.Size, dim: Dimensions = None, *_: Any, **options: Any) -> list[Tensor]:
    """Every element gets what its sum got."""
    sizes = single(x, options.get("axis", dim))
    return [adjoint.reshape(len(adjoint), *sizes).expand(len(adjoint), *x)]


def mean_back(adjoint: Tensor, x: torch.Size, dim: Dimensions = None, *_: Any, **options: Any) -> list[Tensor]:
    count = x.numel() / math.prod(single(x, options.get("axis", dim)))
    return sum_back(adjoint / count, x, dim, **options)


def single(shape: torch.Size, dim: Dimensions) -> list[int]:
    """The shape with 1 for what is summed up; without dimensions that is all."""
    dims = [dim] if isinstance(dim, int) else dim
    gone = {each % len(shape) for each in dims or range(len(shape))}
    return [1 if place in gone else side for place, side in enumerate(shape)]


for reduction, back in (
    (torch.sum, sum_back),
    (Tensor.sum, sum_back),
    (torch.mean, mean_back),
    (Tensor.mean, mean_back),
):
    rule(reduction, affine=True, transpose=back, offset=no_offset)(commuting(reduction))
