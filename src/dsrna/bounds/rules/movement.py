"""Operations that move elements or put them together, and leave each as it is."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.families import commuting
from dsrna.bounds.rules.table import Operation, Shaped, no_offset, rule

linear = partial(rule, affine=True, offset=no_offset)


def reshape_back(adjoint: Tensor, x: torch.Size, *_: Any, **__: Any) -> list[Tensor]:
    return [adjoint.reshape(len(adjoint), *x)]


RESHAPES: Final[tuple[Operation, ...]] = (
    *(torch.flatten, Tensor.flatten, torch.reshape, Tensor.reshape, Tensor.view),
    *(torch.squeeze, Tensor.squeeze, torch.unsqueeze, Tensor.unsqueeze),
)
COPIES: Final[tuple[Operation, ...]] = (Tensor.contiguous, torch.clone, Tensor.clone)
SELECTIONS: Final[tuple[Operation, ...]] = (torch.permute, Tensor.permute, Tensor.__getitem__)
SWAPS: Final[tuple[Operation, ...]] = (torch.transpose, Tensor.transpose)

for movement in RESHAPES:
    linear(movement, transpose=reshape_back)(commuting(movement))

for movement in COPIES:
    linear(movement, transpose=reshape_back, batched=1)(commuting(movement))

for movement in SELECTIONS:
    linear(movement)(commuting(movement))


def transpose_back(adjoint: Tensor, x: torch.Size, dim0: int, dim1: int) -> list[Tensor]:
    return [adjoint.transpose(dim0 % len(x) + 1, dim1 % len(x) + 1)]


for movement in SWAPS:
    linear(movement, transpose=transpose_back)(commuting(movement))


def channel_shuffle_back(adjoint: Tensor, x: torch.Size, groups: int) -> list[Tensor]:
    """Shuffled once more, with as many groups as there were channels in each, channels are where they began."""
    return [F.channel_shuffle(adjoint.flatten(0, 1), x[1] // groups).reshape(adjoint.shape)]


linear(F.channel_shuffle, transpose=channel_shuffle_back, batched=4)(commuting(F.channel_shuffle))


def concatenated_shape(tensors: Sequence[Shaped], dim: int = 0) -> list[int]:
    shape = list(tensors[0].shape)
    shape[dim] = sum(tensor.shape[dim] for tensor in tensors)
    return shape


@rule(torch.cat, torch.concat, torch.concatenate, affine=True, shape=concatenated_shape)
def concatenate(tensors: Sequence[Interval | Tensor], dim: int = 0) -> Interval:
    centres, radii = parts(tensors)
    return Interval(torch.cat(centres, dim), torch.cat(radii, dim))


@rule(torch.stack, affine=True)
def stack(tensors: Sequence[Interval | Tensor], dim: int = 0) -> Interval:
    centres, radii = parts(tensors)
    return Interval(torch.stack(centres, dim), torch.stack(radii, dim))


def parts(tensors: Sequence[Interval | Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Centres and radii; a tensor that does not depend on the input is its own centre."""
    intervals = [x if isinstance(x, Interval) else Interval(x, torch.zeros_like(x)) for x in tensors]
    return [x.centre for x in intervals], [x.radius for x in intervals]
