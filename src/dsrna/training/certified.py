"""Training on a bound of the loss over a whole ball, so that certificates can be had."""

from dataclasses import replace

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.bounds import held, margin_bound, observing, worst_cross_entropy
from dsrna.threat import Eps, ThreatModel, project
from dsrna.training.adversarial import adversary
from dsrna.training.randomness import drawn
from dsrna.training.registry import Moment, training
from dsrna.training.schedule import eps_share
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard


@training(
    "certified",
    summary="an upper bound of the cross-entropy over the ball, or a smaller one, beside clean or adversarial loss",
    source="Gowal et al. 2018, arXiv 1810.12715; Mueller et al. 2023 (SABR); De Palma et al. 2024 (MTL-IBP)",
)
def certified(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    moment: Moment,
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch classes"]]:
    """Return the mixed loss at the eps that ``moment`` has reached, and the logits of the images ``beside``.

    While that eps is 0 this is ``standard``. The bound sees the network in evaluation mode, with batch norm held at
    the statistics of the images ``beside``. A network that has no bound raises ``UserError``.
    """
    now = replace(settings, eps=Eps(eps_share(settings, moment.progress) * settings.eps))
    if not now.eps:
        return standard(model, x, y, settings, moment)
    moved = adversary(model, x, y, now, drawn(moment.generator)) if settings.certified.attacks else x
    beside = moved if settings.certified.beside == "adversarial" else x
    with observing(model) as statistics:
        loss, logits = standard(model, beside, y, settings, moment)
    bound = _bound(model, x, moved, y, now, tensors=held(model, statistics))
    return torch.lerp(loss, bound, settings.certified.weight), logits


def _bound(
    model: nn.Module, x: Tensor, moved: Tensor, y: Tensor, settings: TrainingSettings, *, tensors: dict[str, Tensor]
) -> Float[Tensor, ""]:
    """Return the bound of the loss over the ball of radius ``box * eps`` that lies within that of eps, by ``moved``."""
    box, threat, bound = settings.certified.box, settings.threat, settings.certified.bound
    centre = project(moved, x, ThreatModel((1 - box) * threat.eps, threat.norm)) if box < 1 else x
    margins = margin_bound(model, centre, y, box * threat.eps, norm=threat.norm, method=bound, tensors=tensors)
    return worst_cross_entropy(margins).mean()
