"""Where Square changes an image and by what: windows, and the bumps that fill them under L2."""

import math
from typing import Final

import torch
from torch import Tensor

TINY: Final = 1e-12

Window = tuple[Tensor, Tensor, Tensor, Tensor]
"""Indices that pick a square out of each image, in all channels: ``x[window]`` is ``(batch, channels, side, side)``."""


def patterns(x: Tensor, side: int, uniforms: Tensor) -> Tensor:
    """Return a positive bump beside a negative one, lying or standing, with a sign for each channel."""
    bumps = torch.cat([_bump(side // 2, side), -_bump(side - side // 2, side)])
    bumps = (bumps / bumps.square().sum().sqrt()).to(x)
    lying = (uniforms[:, 0] < 0.5).view(-1, 1, 1)
    return torch.where(lying, bumps, bumps.T).unsqueeze(1) * signs(uniforms[:, 1:]).view(len(x), -1, 1, 1)


def _bump(height: int, width: int) -> Tensor:
    """Return a pyramid of length one whose k-th ring lies 1 / k^2 below the one inside it."""
    rows, columns = (torch.arange(length) - length // 2 for length in (height, width))
    ring = torch.maximum(rows.abs()[:, None], columns.abs())
    rings = max(height, width) // 2 + 1
    heights = (torch.arange(1, rings + 1) ** -2.0).flip(0).cumsum(0).flip(0)[ring]
    return heights / heights.square().sum().sqrt().clamp(min=TINY)


def windows(x: Tensor, side: int, uniforms: Tensor) -> Window:
    """Return the indices of a square for each image, in all channels; its corner is uniform over where it fits."""
    height, width = x.shape[2:]
    span = torch.arange(side, device=x.device)
    rows, columns = (
        (uniforms[:, axis] * (length - side + 1)).long().clamp(max=length - side)[:, None] + span
        for axis, length in enumerate((height, width))
    )
    images, channels = (torch.arange(count, device=x.device) for count in x.shape[:2])
    return images[:, None, None, None], channels[:, None, None], rows[:, None, :, None], columns[:, None, None, :]


def side_for(x: Tensor, share: float) -> int:
    height, width = x.shape[2:]
    return min(max(round(math.sqrt(share * height * width)), 1), height, width)


def signs(uniforms: Tensor) -> Tensor:
    return torch.where(uniforms < 0.5, -1.0, 1.0)


def unit(change: Tensor) -> Tensor:
    return change / change.square().sum(dim=(2, 3), keepdim=True).sqrt().clamp(min=TINY)
