"""Operations that move elements or put them together, and leave each as it is."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.autograd import rows_transpose
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
SWAPS: Final[tuple[Operation, ...]] = (torch.transpose, Tensor.transpose)

for movement in RESHAPES:
    linear(movement, transpose=reshape_back)(commuting(movement))

for movement in COPIES:
    linear(movement, transpose=reshape_back, batched=1)(commuting(movement))

linear(torch.permute)(commuting(torch.permute))
linear(Tensor.permute)(commuting(Tensor.permute))


def selected_back(adjoint: Tensor, x: torch.Size, index: Any) -> list[Tensor]:
    """Zeros where nothing was taken; an index of tensors is left to autograd."""
    cuts = basic_cuts(index, x)
    if cuts is None:
        return rows_transpose(lambda operand: operand[index], adjoint, [x])
    sizes = [len(adjoint), *(len(range(side)[cut]) for cut, side in zip(cuts, x, strict=True))]
    whole = adjoint.reshape(sizes)
    for dim, (cut, side) in enumerate(zip(cuts, x, strict=True), start=1):
        if sizes[dim] != side:
            sizes[dim] = side
            whole = torch.ops.aten.slice_backward(whole, sizes, dim, *cut.indices(side))
    return [whole]


def basic_cuts(index: Any, shape: torch.Size) -> list[slice] | None:
    """The slice that is taken of every dimension; None for an index of anything but slices, numbers and new axes."""
    entries = [*index] if isinstance(index, tuple) else [index]
    if not all(entry is None or entry is ... or type(entry) in {slice, int} for entry in entries):
        return None
    taken = [entry for entry in entries if entry is not None]
    at = taken.index(...) if ... in taken else len(taken)
    left, right = taken[:at], taken[at + 1 :]
    cuts = [*left, *[slice(None)] * (len(shape) - len(left) - len(right)), *right]
    return [of_number(cut, side) if isinstance(cut, int) else cut for cut, side in zip(cuts, shape, strict=True)]


def of_number(index: int, side: int) -> slice:
    return slice(index % side, index % side + 1)


linear(Tensor.__getitem__, transpose=selected_back)(commuting(Tensor.__getitem__))


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


def concatenated_back(adjoint: Tensor, tensors: Sequence[torch.Size | Tensor], dim: int = 0) -> list[Tensor]:
    shapes = [x if isinstance(x, torch.Size) else x.shape for x in tensors]
    parts = torch.split(adjoint, [shape[dim] for shape in shapes], dim % len(shapes[0]) + 1)
    return [part for part, x in zip(parts, tensors, strict=True) if isinstance(x, torch.Size)]


def concatenated_offset(tensors: Sequence[torch.Size | Tensor], dim: int = 0) -> Tensor | None:
    """The constants among the parts, zeros between them."""
    like = next((x for x in tensors if isinstance(x, Tensor)), None)
    if like is None:
        return None
    return torch.cat([like.new_zeros(x) if isinstance(x, torch.Size) else x for x in tensors], dim)


@rule(
    *(torch.cat, torch.concat, torch.concatenate),
    affine=True,
    transpose=concatenated_back,
    offset=concatenated_offset,
    shape=concatenated_shape,
)
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
