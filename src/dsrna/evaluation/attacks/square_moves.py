"""What Square tries: under L-inf squares of one colour, under L2 squares that take their length from others.

Every function here is pure: uniform random numbers, a row for each image, come in from outside.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from dsrna.evaluation.attacks.square_shapes import TINY, patterns, side_for, signs, unit, windows

_SHORT: Final = 1 - 1e-6
"""Rounding must not carry a change of the full length out of the ball."""


@dataclass(frozen=True)
class Moves:
    """How to change images under one norm, and how many uniform numbers an image takes: at first, and each time.

    ``first(x, eps, uniforms)`` and ``then(x, best, eps, share, uniforms)`` return changed images in [0, 1].
    """

    draws: Callable[[Tensor], int]
    each: Callable[[Tensor], int]
    first: Callable[[Tensor, float, Tensor], Tensor]
    then: Callable[[Tensor, Tensor, float, float, Tensor], Tensor]


def _stripes(x: Tensor, eps: float, uniforms: Tensor) -> Tensor:
    """Move each column of each channel up or down by eps (section 3.2 of the paper)."""
    return (x + eps * signs(uniforms).view(len(x), x.shape[1], 1, x.shape[3])).clamp(0, 1)


def _coloured_square(x: Tensor, best: Tensor, eps: float, share: float, uniforms: Tensor) -> Tensor:
    """Move one square by eps, up or down for each channel (algorithm 2)."""
    window = windows(x, side_for(x, share), uniforms[:, :2])
    changed = best.clone()
    changed[window] = (x[window] + eps * signs(uniforms[:, 2:]).view(len(x), -1, 1, 1)).clamp(0, 1)
    return changed


def _tiles(x: Tensor, eps: float, uniforms: Tensor) -> Tensor:
    """Lay a grid of about five by five patterns over the image, each with random signs (section 3.3)."""
    side, channels = max(1, x.shape[2] // 5), x.shape[1]
    change = torch.zeros_like(x)
    rows, columns = (_starts(length, side) for length in x.shape[2:])
    for number, (row, column) in enumerate((row, column) for row in rows for column in columns):
        own = uniforms[:, number * (channels + 1) : (number + 1) * (channels + 1)]
        change[:, :, row : row + side, column : column + side] = patterns(x, side, own)
    return _at_length(x, change, eps)


def _moved_square(x: Tensor, best: Tensor, eps: float, share: float, uniforms: Tensor) -> Tensor:
    """Empty one square and put its length, with what is left of eps, into another (algorithm 3)."""
    side = min(max(side_for(x, share), 3) // 2 * 2 + 1, *x.shape[2:])
    target, emptied = windows(x, side, uniforms[:, :2]), windows(x, side, uniforms[:, 2:4])
    change, channels = best - x, x.shape[1]
    both = torch.zeros_like(x)
    both[target] = both[emptied] = 1
    left = (eps**2 - change.square().sum(dim=(1, 2, 3), keepdim=True)).clamp(min=0) / channels
    length = (left + (both * change).square().sum(dim=(2, 3), keepdim=True)).sqrt()
    pattern = patterns(x, side, uniforms[:, 4:]) + unit(change[target])
    change[emptied] = 0
    change[target] = length * unit(pattern)
    return _at_length(x, change, eps)


def _starts(length: int, side: int) -> range:
    return range(length % side // 2, length - side + 1, side)


def _at_length(x: Tensor, change: Tensor, eps: float) -> Tensor:
    length = change.square().sum(dim=(1, 2, 3), keepdim=True).sqrt().clamp(min=TINY)
    return (x + _SHORT * eps * change / length).clamp(0, 1)


def _tile_draws(x: Tensor) -> int:
    side = max(1, x.shape[2] // 5)
    rows, columns = (len(_starts(length, side)) for length in x.shape[2:])
    return rows * columns * (x.shape[1] + 1)


MOVES: Final = {
    math.inf: Moves(lambda x: x.shape[1] * x.shape[3], lambda x: 2 + x.shape[1], _stripes, _coloured_square),
    2.0: Moves(_tile_draws, lambda x: 5 + x.shape[1], _tiles, _moved_square),
}
