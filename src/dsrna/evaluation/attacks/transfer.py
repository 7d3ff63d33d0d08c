"""Attacks on one model, tried on another."""

import math

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.guard import under_attack
from dsrna.evaluation.attacks.registry import AttackFunction


def transferred(attack: AttackFunction, source: nn.Module) -> AttackFunction:
    """Return ``attack`` aimed at ``source``, whatever model it is called with: that one is never looked into.

    ``source`` must tell the same classes apart. An attack that climbs on past the decision of ``source`` transfers
    better: ``partial(pgd, early_stop=False)``. An attack of this kind is black-box with respect to the model
    (Papernot et al. 2016, arXiv 1605.07277).
    """

    def attack_source(
        model: nn.Module,
        x: Float[Tensor, "batch channels height width"],
        y: Int64[Tensor, "batch"],
        *,
        eps: float,
        norm: float = math.inf,
        seed: int | None = None,
    ) -> Float[Tensor, "batch channels height width"]:
        with under_attack(model, x, y) as classes, under_attack(source, x, y) as others:
            if classes != others:
                raise UserError(f"the source tells {others} classes apart, the model {classes}; they must be the same")
            return attack(source, x, y, eps=eps, norm=norm, seed=seed)

    return attack_source
