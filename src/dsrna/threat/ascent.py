"""Projected gradient ascent inside a ball: what attacks and adversarial training share."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Int64
from torch import Tensor, nn

from dsrna.threat.ball import Pixels, steepest
from dsrna.threat.model import ThreatModel
from dsrna.threat.projection import Region

Objective = Callable[[Tensor], Tensor]
"""Images ``(batch, *image)`` to one number per example, ``(batch,)``; each depends on its own image only."""


def cross_entropy(model: nn.Module, y: Int64[Tensor, "batch"]) -> Objective:
    """Return the objective of an attacker who wants any class but ``y``: the loss of each example."""

    def objective(x: Tensor) -> Tensor:
        return F.cross_entropy(model(x), y, reduction="none")

    return objective


def ascend(
    objective: Objective, x: Pixels, threat: ThreatModel, *, steps: int, step_size: float, start: Pixels
) -> Pixels:
    """Climb ``objective`` from ``start`` by ``steps`` steepest steps of length ``step_size`` in the threat's norm.

    Every step ends with the projection onto ball and box (Madry et al. 2018, arXiv 1706.06083, section 2.1), so the
    result lies inside both. Parameters of the model behind ``objective`` receive no gradients.
    """
    region, adversarial = Region.around(x, threat), start.detach()
    for _ in range(steps):
        adversarial = ascent_step(adversarial, gradient(objective, adversarial), region, step_size)
    return adversarial


def ascent_step(adversarial: Pixels, slope: Pixels, region: Region, step_size: float) -> Pixels:
    """Go ``step_size`` in the steepest direction of objectives whose gradient is ``slope``; project onto ``region``."""
    direction = steepest(_within_box(slope, adversarial, region.threat.norm), region.threat.norm)
    return region.project(adversarial + step_size * direction)


def gradient(objective: Objective, x: Pixels) -> Pixels:
    """Return the gradient of each example's objective at that example."""
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        # The zero ties the leaf to the sum: a network that ignores its input has gradient zero, not an error.
        total = objective(leaf).sum() + 0 * leaf.sum()
        return torch.autograd.grad(total, leaf)[0]


def _within_box(gradient: Tensor, x: Tensor, norm: float) -> Tensor:
    """Drop the entries that push a pixel out of [0, 1]: under L1 and L2 they would use up the step for nothing."""
    if norm == math.inf:
        return gradient
    leaving = ((x >= 1) & (gradient > 0)) | ((x <= 0) & (gradient < 0))
    return gradient.masked_fill(leaving, 0)
