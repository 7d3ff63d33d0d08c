"""Random resized crops: a part of each image, of random area, aspect and place, brought to the size of the images."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

LARGEST_ASPECT: Final = 4 / 3
"""Crops are at most so much wider than high, or higher than wide (Szegedy et al. 2015, arXiv 1409.4842, section 6)."""


@dataclass(frozen=True)
class Crop:
    """A part of an image of any size.

    ``area``: share of the image's area; ``aspect``: width over height; ``across`` and ``down``: where it lies in the
    room that it has, from 0 (left, top) to 1 (right, bottom).
    """

    area: float
    aspect: float
    across: float
    down: float

    def box(self, width: float, height: float) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom in an image of this size. A crop too long for it is shrunk, not bent."""
        wide = min(math.sqrt(self.area * width * height * self.aspect), width, height * self.aspect)
        high = min(wide / self.aspect, height)
        left, top = self.across * (width - wide), self.down * (height - high)
        return left, top, min(left + wide, width), min(top + high, height)


CENTRE: Final = Crop(1.0, 1.0, 0.5, 0.5)
"""The largest square in the middle."""


def random_crops(count: int, least: float, generator: torch.Generator) -> list[Crop]:
    """Draw crops: area uniform from ``least`` to 1, the logarithm of the aspect and the place uniform too."""
    draws = torch.rand(count, 4, dtype=torch.float64, generator=generator).tolist()
    return [
        Crop(least + (1 - least) * area, LARGEST_ASPECT ** (2 * aspect - 1), across, down)
        for area, aspect, across, down in draws
    ]


def cropped(
    x: Float[Tensor, "batch channels height width"], crops: Sequence[Crop]
) -> Float[Tensor, "batch channels height width"]:
    """Return of every image its crop, bilinearly brought to the size of the image; aspects are relative to its own."""
    boxes = torch.tensor([crop.box(1.0, 1.0) for crop in crops], device=x.device).view(-1, 2, 2)
    scale, centre = boxes[:, 1] - boxes[:, 0], boxes.sum(dim=1) - 1
    grid = F.affine_grid(torch.cat([scale.diag_embed(), centre[:, :, None]], dim=2), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
