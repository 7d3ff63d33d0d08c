"""Random noise of the size that the threat allows: the easy end of the scale."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.guard import under_attack, verified
from dsrna.evaluation.attacks.registry import attack
from dsrna.evaluation.predictions import predictions
from dsrna.runtime import seeds
from dsrna.threat import ThreatModel, random_start


@attack(
    "noise",
    summary="ten random points of the ball; an image falls if the model gets one of them wrong",
    source="Fawzi et al. 2016, arXiv 1608.08967, section 2: random against adversarial directions",
    black_box=True,
)
def noise(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    *,
    eps: float,
    norm: float = math.inf,
    draws: int = 10,
    seed: int | None = None,
) -> Float[Tensor, "batch channels height width"]:
    """Return for each image the first of ``draws`` points of its ball that is misclassified, else the last of them.

    Points are uniform in the ball, cut to [0, 1]. ``x`` in [0, 1]; bad input raises ``UserError``.
    """
    if draws < 1:
        raise UserError(f"noise needs at least one draw, not {draws}")
    threat = ThreatModel(eps, norm)
    adversarial, standing = x.clone(), torch.arange(len(x), device=x.device)
    with under_attack(model, x, y):
        for draw in range(draws):
            adversarial[standing] = random_start(x[standing], threat, seeds.derive(seed or 0, "noise", draw))
            standing = standing[predictions(model, adversarial[standing]) == y[standing]]
            if not len(standing):
                break
    return verified(adversarial, x, threat)
