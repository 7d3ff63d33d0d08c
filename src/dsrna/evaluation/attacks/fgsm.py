"""One step: the fast gradient sign method, and its kin under L1 and L2."""

import math
from functools import partial

import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.evaluation.attacks.gradients import logits_and_gradient
from dsrna.evaluation.attacks.guard import under_attack, verified
from dsrna.evaluation.attacks.registry import attack
from dsrna.threat import Region, ThreatModel, ascent_step


@attack(
    "fgsm",
    summary="one step of length eps in the steepest direction of the cross-entropy",
    source="Goodfellow et al. 2015, arXiv 1412.6572, section 4",
)
def fgsm(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    *,
    eps: float,
    norm: float = math.inf,
    seed: int | None = None,  # noqa: ARG001  every attack takes a seed; this one draws nothing
) -> Float[Tensor, "batch channels height width"]:
    """Return ``x + eps * sign(gradient)`` cut to [0, 1], under L1 and L2 the steepest step of that norm.

    ``x`` in [0, 1], ``eps`` in pixel units; bad input raises ``UserError``.
    """
    threat = ThreatModel(eps, norm)
    with under_attack(model, x, y):
        _, slope = logits_and_gradient(model, x, partial(F.cross_entropy, target=y, reduction="none"))
        return verified(ascent_step(x, slope, Region.around(x, threat), eps), x, threat)
