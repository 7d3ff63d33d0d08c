"""Many small steepest steps, projected back after each, with restarts."""

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.gradients import is_right, logits_and_gradient
from dsrna.evaluation.attacks.guard import under_attack, verified
from dsrna.evaluation.attacks.registry import ALL_NORMS, ATTACKS, Attack, attack
from dsrna.evaluation.predictions import predictions
from dsrna.registry import Record
from dsrna.runtime import seeds
from dsrna.threat import Region, ThreatModel, ascent_step, random_start

STEP_PER_EPS: Final = 2.5
"""Twice eps crosses the ball from any start to any point; the rest leaves room to move on (Madry et al. 2018)."""

BY_STEPS: Final = {f"pgd-{steps}": steps for steps in (10, 20, 40, 100)}
"""The registered forms that differ in their steps alone: none may be worse than one of fewer steps."""

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
    early_stop: bool = True,
    seed: int | None = None,
) -> Float[Tensor, "batch channels height width"]:
    """Climb the cross-entropy from ``x``; images that still stand go again, from random points of their ball.

    The first of ``restarts`` runs starts at ``x`` itself, so that one run draws nothing and gives the same
    images every time; the others start at ``random_start``. ``step_size`` is in pixel units, 2.5 eps / steps
    unless given. With ``early_stop`` an image stays where it was first misclassified, and costs no more passes;
    without, it goes on to the last step, for the largest loss. ``x`` in [0, 1]; bad input raises ``UserError``.
    """
    _check(steps, step_size, restarts)
    threat = ThreatModel(eps, norm)
    climb = _Climb(model, threat, steps, step_size or STEP_PER_EPS * eps / steps, early_stop=early_stop)
    adversarial, standing = x.clone(), torch.arange(len(x), device=x.device)
    with under_attack(model, x, y):
        for run in range(restarts):
            if run:
                standing = standing[predictions(model, adversarial[standing]) == y[standing]]
                if not len(standing):
                    break
            centre = x[standing]
            start = random_start(centre, threat, seeds.derive(seed or 0, "restart", run)) if run else centre
            adversarial[standing] = climb(centre, y[standing], start)
    return verified(adversarial, x, threat)


@dataclass(frozen=True)
class _Climb:
    """One run of projected steepest steps, each with one forward and one backward pass."""

    model: nn.Module
    threat: ThreatModel
    steps: int
    step_size: float
    early_stop: bool

    def __call__(self, x: Tensor, y: Tensor, start: Tensor) -> Tensor:
        adversarial, going = start.clone(), torch.arange(len(x), device=x.device)
        here, region = start, Region.around(x, self.threat)
        for _ in range(self.steps):
            logits, slope = logits_and_gradient(self.model, here, partial(F.cross_entropy, target=y, reduction="none"))
            if self.early_stop and not (kept := is_right(logits, y)).all():
                going, here, slope, y, region = going[kept], here[kept], slope[kept], y[kept], region.rows(kept)
                if not len(going):
                    break
            here = adversarial[going] = ascent_step(here, slope, region, self.step_size)
        return adversarial


def _check(steps: int, step_size: float | None, restarts: int) -> None:
    if steps < 1 or restarts < 1:
        raise UserError(f"PGD needs at least one step and one restart, not {steps} and {restarts}")
    if step_size is not None and not 0 < step_size < math.inf:
        raise UserError(f"PGD's step_size must be positive and finite, in pixel units, not {step_size:g}")


for _name, _steps in BY_STEPS.items():
    attack(_name, summary=f"{_steps} steepest steps of 2.5 eps / {_steps} from the image", source=_SOURCE)(
        partial(pgd, steps=_steps)
    )

attack(
    "pgd-20x5",
    summary="20 steps, five runs, the first from the image, four from random points; so pgd-STEPS, pgd-STEPSxRUNS",
    source=_SOURCE,
)(partial(pgd, steps=20, restarts=5))


def _by_name(match: re.Match[str]) -> Record[Attack]:
    steps, runs = int(match["steps"]), int(match["runs"] or 1)
    run = Attack(partial(pgd, steps=steps, restarts=runs), slow=False, norms=ALL_NORMS)
    return Record(match[0], f"{steps} steps, {runs} runs", _SOURCE, run)


ATTACKS.family(r"pgd-(?P<steps>[1-9]\d{0,3})(x(?P<runs>[1-9]\d?))?", _by_name)
