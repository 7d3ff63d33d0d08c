"""Adversarial images as a file holds them: every pixel k/255.

The argument why the rounded image is the threat model's stands in ``docs/explanation/attacks.md``.
"""

from typing import Final

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor, nn

from dsrna.threat import ThreatModel, distance

Images = Float[Tensor, "batch channels height width"]

LEVELS: Final = 255
ON_THE_GRID: Final = 2e-5
"""A pixel this near to a whole level, in levels, is that level: the rounding of float32 takes it no further off."""
ARITHMETIC: Final = 1e-9
"""Room for the rounding of float64 when a distance between levels is compared with eps, as a share of eps."""
THRESHOLDS: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


class EightBits(nn.Module):
    """The model behind a rounding of its images to levels k/255, through which gradients pass as if it were not there.

    An attack on it goes on until the rounded image is taken for another class; an attack on ``model`` itself ends just
    over the boundary, from where rounding often leads back.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Images) -> Float[Tensor, "batch classes"]:
        levels = (x * LEVELS).round() / LEVELS
        logits: Tensor = self.model(x + (levels - x).detach())
        return logits


def rounded(adversarial: Images, x: Images, threat: ThreatModel) -> tuple[Images, Bool[Tensor, "batch"]]:
    """Round to levels k/255 inside the ball around ``x``; tell for which images there is such a rounding.

    A pixel's part of a level goes up, away from ``x``, from a threshold on: one half is the nearest level, one is
    always towards ``x``. Each image takes the lowest threshold that leaves it in the ball. Where none does, which
    needs an ``x`` that is not of 8 bits itself, it comes back as ``x``.
    """
    found, there = x.clone(), torch.zeros(len(x), dtype=torch.bool, device=x.device)
    levels, origin = _levels(adversarial), _levels(x)
    for threshold in THRESHOLDS:
        candidate = _stepped(levels, origin, threshold) / LEVELS
        fits = distance(candidate, origin / LEVELS, threat.norm) <= threat.eps * (1 + ARITHMETIC)
        found[fits], there = candidate[fits].to(x.dtype), there | fits
    return found, there


def _levels(images: Images) -> Float64[Tensor, "batch channels height width"]:
    """The pixels in levels, whole where they are whole but for the rounding of float32."""
    levels = images.double() * LEVELS
    whole = levels.round()
    return torch.where((levels - whole).abs() < ON_THE_GRID, whole, levels)


def _stepped(levels: Tensor, origin: Tensor, threshold: float) -> Tensor:
    up, down = (levels + 1 - threshold).floor(), (levels - 1 + threshold).ceil()
    return torch.where(levels > origin, up, down).clamp(0, LEVELS)
