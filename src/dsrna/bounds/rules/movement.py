"""Operations that move elements or put them together, and leave each as it is."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.families import commuting
from dsrna.bounds.rules.table import rule

for movement in (
    *(torch.flatten, Tensor.flatten, torch.reshape, Tensor.reshape, Tensor.view),
    *(torch.permute, Tensor.permute, torch.transpose, Tensor.transpose),
    *(torch.squeeze, Tensor.squeeze, torch.unsqueeze, Tensor.unsqueeze),
    *(F.channel_shuffle, Tensor.__getitem__, Tensor.contiguous, torch.clone, Tensor.clone),
):
    rule(movement)(commuting(movement))


@rule(torch.cat, torch.concat, torch.concatenate)
def concatenate(tensors: Sequence[Interval | Tensor], dim: int = 0) -> Interval:
    centres, radii = parts(tensors)
    return Interval(torch.cat(centres, dim), torch.cat(radii, dim))


@rule(torch.stack)
def stack(tensors: Sequence[Interval | Tensor], dim: int = 0) -> Interval:
    centres, radii = parts(tensors)
    return Interval(torch.stack(centres, dim), torch.stack(radii, dim))


def parts(tensors: Sequence[Interval | Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Centres and radii; a tensor that does not depend on the input is its own centre."""
    intervals = [x if isinstance(x, Interval) else Interval(x, torch.zeros_like(x)) for x in tensors]
    return [x.centre for x in intervals], [x.radius for x in intervals]
