"""Attacks on one model, tried on another."""

import math
from functools import partial

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.guard import under_attack
from dsrna.evaluation.attacks.pgd import pgd
from dsrna.evaluation.attacks.registry import AttackFunction, attack


def transferred(on_source: AttackFunction, source: nn.Module) -> AttackFunction:
    """Return ``on_source`` aimed at ``source``, whatever model it is called with: that one is never looked into.

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
            return on_source(source, x, y, eps=eps, norm=norm, seed=seed)

    return attack_source


attack(
    "transfer-pgd-20",
    summary="20 steps on the network of another run, attack.source, to the last of them; tried on this one",
    source="Papernot et al. 2016, arXiv 1605.07277; PGD of Madry et al. 2018",
    black_box=True,
    transfers=True,
)(partial(pgd, steps=20, early_stop=False))
