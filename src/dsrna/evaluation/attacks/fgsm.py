"""One step: the fast gradient sign method, and its kin under L1 and L2."""

import math

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.evaluation.attacks.guard import under_attack, verified
from dsrna.evaluation.attacks.registry import attack
from dsrna.threat import ThreatModel, ascend, cross_entropy


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
        return verified(ascend(cross_entropy(model, y), x, threat, steps=1, step_size=eps, start=x), x, threat)
