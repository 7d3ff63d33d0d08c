"""Random changes of a batch, drawn image by image and applied to all at once."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from dsrna.data.settings import Augmentation

Batch = Float[Tensor, "batch channels height width"]


def augment(x: Batch, augmentation: Augmentation, generator: torch.Generator) -> Batch:
    """Return an augmented copy of ``x``, images in [0, 1]; crop, then mirror, then cutout.

    The generator may live on another device than ``x``; the same generator state gives the same changes on any.
    """
    if augmentation.pad:
        x = _crop(x, augmentation.pad, generator)
    if augmentation.flip:
        x = _flip(x, generator)
    if augmentation.cutout:
        x = _cutout(x, augmentation.cutout, generator)
    return x


def _crop(x: Batch, pad: int, generator: torch.Generator) -> Batch:
    batch, channels, height, width = x.shape
    rows = _draw(x, 2 * pad + 1, generator) + torch.arange(height, device=x.device)
    columns = _draw(x, 2 * pad + 1, generator) + torch.arange(width, device=x.device)
    image = torch.arange(batch, device=x.device)[:, None, None, None]
    channel = torch.arange(channels, device=x.device)[:, None, None]
    return F.pad(x, [pad] * 4)[image, channel, rows[:, None, :, None], columns[:, None, None, :]]


def _flip(x: Batch, generator: torch.Generator) -> Batch:
    mirrored = _draw(x, 2, generator).bool()[:, :, None, None]
    return torch.where(mirrored, x.flip(-1), x)


def _cutout(x: Batch, side: int, generator: torch.Generator) -> Batch:
    *_, height, width = x.shape
    rows = _stripe(_draw(x, height, generator), side, height)
    columns = _stripe(_draw(x, width, generator), side, width)
    return x.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)


def _stripe(centre: Int64[Tensor, "batch 1"], side: int, length: int) -> Bool[Tensor, "batch length"]:
    """Mark ``side`` pixels around ``centre`` of a line of ``length``; what falls over the border is lost."""
    offset = torch.arange(length, device=centre.device) - centre + side // 2
    return (offset >= 0) & (offset < side)


def _draw(x: Batch, high: int, generator: torch.Generator) -> Int64[Tensor, "batch 1"]:
    """Draw one whole number in [0, high) for every image."""
    return torch.randint(high, (len(x), 1), generator=generator, device=generator.device).to(x.device)
