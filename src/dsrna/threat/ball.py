"""The ball of a threat model, cut to the pixel box: distance, membership, the steepest direction.

The arguments why each holds stand in ``docs/explanation/attacks.md``.
"""

import math
from typing import Final

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from dsrna.threat.model import ThreatModel

Pixels = Float[Tensor, "batch *image"]
"""A batch of images, or of changes to images, in pixel units; float32 or float64."""

SPARSITY: Final = 0.01


def distance(adversarial: Pixels, x: Pixels, norm: float) -> Float64[Tensor, "batch"]:
    """Return the norm of each example's change, computed in float64 whatever the images are stored in."""
    change = (adversarial.double() - x.double()).flatten(1)
    length: Tensor = torch.linalg.vector_norm(change, ord=norm, dim=1)
    return length


def inside(adversarial: Pixels, x: Pixels, threat: ThreatModel) -> Bool[Tensor, "batch"]:
    """Tell which examples lie in the ball around ``x`` and in [0, 1]; no tolerance, and NaN lies outside."""
    flat = adversarial.flatten(1)
    in_box = ((flat >= 0) & (flat <= 1)).all(dim=1)
    return in_box & (distance(adversarial, x, threat.norm) <= threat.eps)


def steepest(gradient: Pixels, norm: float) -> Pixels:
    """Return the direction of norm one (zero for a zero gradient) in which each example's objective rises fastest.

    L-inf: the sign. L2: the gradient over its length. L1: the sign on the largest hundredth of the entries (at
    least one), in equal parts, as in SLIDE (Tramer and Boneh 2019, arXiv 1904.13000, section 4.1): a single entry,
    the steepest by the letter, would leave most of an image as it was.
    """
    if norm == math.inf:
        return gradient.sign()
    flat = gradient.flatten(1)
    direction = _over(flat, math.inf) if norm == 2.0 else _largest_signs(flat)
    return _over(direction, norm).view_as(gradient)


def _over(flat: Tensor, norm: float) -> Tensor:
    """Divide each row by its norm. L2 first takes L-inf out: the squares of a sure network's gradients underflow."""
    length: Tensor = torch.linalg.vector_norm(flat, ord=norm, dim=1, keepdim=True)
    return flat / length.clamp(min=torch.finfo(flat.dtype).tiny)


def _largest_signs(flat: Tensor) -> Tensor:
    count = max(1, round(SPARSITY * flat.shape[1]))
    entries = flat.abs().topk(count, dim=1).indices
    return torch.zeros_like(flat).scatter(1, entries, flat.gather(1, entries).sign())
