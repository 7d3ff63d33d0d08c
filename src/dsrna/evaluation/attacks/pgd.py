"""Many small steepest steps, projected back after each, with restarts."""

import math
from functools import partial
from typing import Final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.guard import under_attack, verified
from dsrna.evaluation.attacks.registry import attack
from dsrna.evaluation.predictions import predictions
from dsrna.runtime import seeds
from dsrna.threat import ThreatModel, ascend, cross_entropy, random_start

STEP_PER_EPS: Final = 2.5
"""Twice eps crosses the ball from any start to any point; the rest leaves room to move on (Madry et al. 2018)."""

_SOURCE: Final = "Madry et al. 2018, arXiv 1706.06083, section 2.1; first start as in Kurakin et al. 2017"


def pgd(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    *,
    eps: float,
    norm: float = math.inf,
    steps: int = 20,
    step_size: float | None = None,
    restarts: int = 1,
    seed: int = 0,
) -> Float[Tensor, "batch channels height width"]:
    """Climb the cross-entropy from ``x``; images that still stand go again, from random points of their ball.

    The first of ``restarts`` runs starts at ``x`` itself, so that one run draws nothing and gives the same
    images every time; the others start at ``random_start``. ``step_size`` is in pixel units, 2.5 eps / steps
    unless given. Each run's last iterate counts. ``x`` in [0, 1]; bad input raises ``UserError``.
    """
    _check(steps, step_size, restarts)
    threat = ThreatModel(eps, norm)
    climb = partial(ascend, threat=threat, steps=steps, step_size=step_size or STEP_PER_EPS * eps / steps)
    adversarial, standing = x.clone(), torch.arange(len(x), device=x.device)
    with under_attack(model, x, y):
        for run in range(restarts):
            centre, label = x[standing], y[standing]
            start = random_start(centre, threat, seeds.derive(seed, "restart", run)) if run else centre
            adversarial[standing] = climb(cross_entropy(model, label), centre, start=start)
            standing = standing[predictions(model, adversarial[standing]) == label]
            if not len(standing):
                break
    return verified(adversarial, x, threat)


def _check(steps: int, step_size: float | None, restarts: int) -> None:
    if steps < 1 or restarts < 1:
        raise UserError(f"PGD needs at least one step and one restart, not {steps} and {restarts}")
    if step_size is not None and not 0 < step_size < math.inf:
        raise UserError(f"PGD's step_size must be positive and finite, in pixel units, not {step_size:g}")


for _steps in (10, 20, 100):
    attack(f"pgd-{_steps}", summary=f"{_steps} steepest steps of 2.5 eps / {_steps} from the image", source=_SOURCE)(
        partial(pgd, steps=_steps)
    )

attack("pgd-20x5", summary="20 steps, five runs: the first from the image, four from random points", source=_SOURCE)(
    partial(pgd, steps=20, restarts=5)
)
