"""Training for right answers on clean images, and for the same answers around them."""

from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.runtime.modes import evaluating
from dsrna.threat import Objective, ascend, near_start
from dsrna.training.randomness import drawn
from dsrna.training.registry import Moment, training
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard

DEVIATION: Final = 0.001
"""Of the noise that the adversary starts with: at the image itself the divergence has no gradient."""


@training(
    "trades",
    summary="cross-entropy on clean images, and the divergence of the predictions on images moved to raise it",
    source="Zhang et al. 2019, arXiv 1901.08573, Eq. 5",
    adversarial=True,
)
def trades(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    moment: Moment,
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch classes"]]:
    """Return the ``standard`` loss plus ``trades.beta`` times the mean divergence, and the logits of moved images.

    The adversary sees the network in eval mode, as that of ``pgd`` does.
    """
    moved = _adversary(model, x, settings, drawn(moment.generator))
    loss, clean = standard(model, x, y, settings, moment)
    logits: Tensor = model(moved)
    return loss + settings.trades.beta * _divergence(clean, logits).mean(), logits


def _adversary(model: nn.Module, x: Tensor, settings: TrainingSettings, seed: int) -> Tensor:
    start = near_start(x, settings.threat, seed, deviation=DEVIATION)
    with evaluating(model):
        with torch.no_grad():
            clean = model(x)
        objective: Objective = lambda moved: _divergence(clean, model(moved))  # noqa: E731
        return ascend(objective, x, settings.threat, steps=settings.steps, step_size=settings.step, start=start)


def _divergence(clean: Tensor, moved: Tensor) -> Float[Tensor, "batch"]:
    """Return KL(p(clean) || p(moved)) of each example, of logits."""
    of_clean, of_moved = clean.log_softmax(dim=1), moved.log_softmax(dim=1)
    return F.kl_div(of_moved, of_clean, reduction="none", log_target=True).sum(dim=1)
