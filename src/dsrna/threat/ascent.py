"""Projected gradient ascent inside a ball: what attacks and adversarial training share."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Int64
from torch import Tensor, nn

from dsrna.threat.ball import Pixels, project, steepest
from dsrna.threat.model import ThreatModel

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
    adversarial = start.detach()
    for _ in range(steps):
        gradient = _within_box(_gradient(objective, adversarial), adversarial)
        adversarial = project(adversarial + step_size * steepest(gradient, threat.norm), x, threat)
    return adversarial


def _gradient(objective: Objective, x: Tensor) -> Tensor:
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        # The zero ties the leaf to the sum: a network that ignores its input has gradient zero, not an error.
        total = objective(leaf).sum() + 0 * leaf.sum()
        return torch.autograd.grad(total, leaf)[0]


def _within_box(gradient: Tensor, x: Tensor) -> Tensor:
    """Drop the entries that push a pixel out of [0, 1]: under L1 and L2 they would use up the step for nothing."""
    leaving = ((x >= 1) & (gradient > 0)) | ((x <= 0) & (gradient < 0))
    return gradient.masked_fill(leaving, 0)
