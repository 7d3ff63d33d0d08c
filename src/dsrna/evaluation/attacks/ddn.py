"""Decoupled direction and norm: the direction by gradients, the norm by whether the image is misclassified yet."""

import math
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.gradients import is_right, logits_and_gradient
from dsrna.evaluation.attacks.guard import under_attack
from dsrna.evaluation.attacks.minimum import Nearest, within
from dsrna.evaluation.attacks.registry import attack
from dsrna.threat import distance, steepest

_LAST_STEP = 0.01


def ddn(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    *,
    steps: int = 100,
    radius: float = 1.0,
    gamma: float = 0.05,
    seed: int | None = None,  # noqa: ARG001  every attack takes a seed; this one draws nothing
) -> Float[Tensor, "batch channels height width"]:
    """Return for each image the misclassified one of least L2 distance that is met on the way, else the image itself.

    Each step goes along the gradient of the cross-entropy, by a length that falls from 1 to 0.01 along a cosine;
    then the change is brought to the length of a sphere whose ``radius`` shrinks by ``1 - gamma`` where the image
    was misclassified and grows by ``1 + gamma`` where it was not (Rony et al. 2019, arXiv 1811.09600, algorithm 1,
    without its rounding to 256 grey levels). ``x`` in [0, 1]; bad input raises ``UserError``.
    """
    _check(steps, radius, gamma)
    with under_attack(model, x, y):
        nearest, rows = Nearest(x, 2.0), torch.arange(len(x), device=x.device)
        here, radii = x, x.new_full((len(x),), radius)
        farthest = distance((x < 0.5).to(x.dtype), x, 2.0).to(x.dtype)
        loss = partial(F.cross_entropy, target=y, reduction="none")
        for step in range(steps):
            logits, slope = logits_and_gradient(model, here, loss)
            fooled = ~is_right(logits, y)
            nearest.see(rows, here, fooled)
            radii = torch.minimum(radii * torch.where(fooled, 1 - gamma, 1 + gamma), farthest)
            change = here - x + _step_size(step, steps) * steepest(slope, 2.0)
            here = (x + radii.view(-1, 1, 1, 1) * steepest(change, 2.0)).clamp(0, 1)
        return nearest.confirmed(model, y)


def _step_size(step: int, steps: int) -> float:
    return _LAST_STEP + (1 - _LAST_STEP) * (1 + math.cos(math.pi * step / steps)) / 2


def _check(steps: int, radius: float, gamma: float) -> None:
    if steps < 1:
        raise UserError(f"DDN needs at least one step, not {steps}")
    if not (0 < radius < math.inf and 0 < gamma < 1):
        raise UserError(f"DDN needs a positive radius and a gamma between 0 and 1, not {radius:g} and {gamma:g}")


attack(
    "ddn",
    summary="the images that DDN fells within eps; 100 steps, the norm decoupled from the direction; L2 only",
    source="Rony et al. 2019, arXiv 1811.09600, algorithm 1",
    norms=(2.0,),
)(within(ddn, 2.0))
