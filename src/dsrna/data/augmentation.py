"""Random changes of a batch, drawn image by image and applied to all at once."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from dsrna.data.settings import Augmentation

Batch = Float[Tensor, "batch channels height width"]


@dataclass(frozen=True)
class Draws:
    """Whole numbers for ``part`` of a batch of ``count`` images: those that it is drawn in the whole batch."""

    generator: torch.Generator
    count: int
    part: slice

    def below(self, high: int, device: torch.device) -> Int64[Tensor, "batch 1"]:
        """Draw one number in [0, high) for every image."""
        drawn = torch.randint(high, (self.count, 1), generator=self.generator, device=self.generator.device)
        return drawn[self.part].to(device)


def augment(x: Batch, augmentation: Augmentation, draws: torch.Generator | Draws) -> Batch:
    """Return an augmented copy of ``x``, images in [0, 1]; crop after padding, then mirror, then cutout.

    ``area`` is not applied here but where images are read (``batches``), for a file has more pixels than ``x``.
    The generator may live on another device than ``x``; the same generator state gives the same changes on any.
    """
    draws = Draws(draws, len(x), slice(None)) if isinstance(draws, torch.Generator) else draws
    if augmentation.pad:
        x = _crop(x, augmentation.pad, draws)
    if augmentation.flip:
        x = _flip(x, draws)
    if augmentation.cutout:
        x = _cutout(x, augmentation.cutout, draws)
    return x


def _crop(x: Batch, pad: int, draws: Draws) -> Batch:
    batch, _, height, width = x.shape
    rows, columns = (draws.below(2 * pad + 1, x.device)[:, 0] for _ in range(2))
    windows = F.pad(x, [pad] * 4).unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(batch, device=x.device), :, rows, columns]


def _flip(x: Batch, draws: Draws) -> Batch:
    mirrored = draws.below(2, x.device).bool()[:, :, None, None]
    return torch.where(mirrored, x.flip(-1), x)


def _cutout(x: Batch, side: int, draws: Draws) -> Batch:
    *_, height, width = x.shape
    rows = _stripe(draws.below(height, x.device), side, height)
    columns = _stripe(draws.below(width, x.device), side, width)
    return x.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)


def _stripe(centre: Int64[Tensor, "batch 1"], side: int, length: int) -> Bool[Tensor, "batch length"]:
    """Mark ``side`` pixels around ``centre`` of a line of ``length``; what falls over the border is lost."""
    offset = torch.arange(length, device=centre.device) - centre + side // 2
    return (offset >= 0) & (offset < side)
