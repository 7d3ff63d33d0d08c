"""Adversarial training whose one backward pass serves the weights and the perturbation."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.threat import ThreatModel, project, steepest
from dsrna.training.registry import Moment, training
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard

CHANGE = "change"


@training(
    "free",
    summary="each batch several times over; the gradient of a step in the weights is that of one in the perturbation",
    source="Shafahi et al. 2019, arXiv 1904.12843, Algorithm 1",
    adversarial=True,
)
def free(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    moment: Moment,
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch classes"]]:
    """Return the ``standard`` loss and the logits at the images moved by the change that the memory holds.

    When the loss is differentiated, the memory gets the next change: one step of eps further up, projected.
    """
    threat = settings.threat
    change = moment.memory.get(CHANGE, torch.zeros_like(x))
    moved = project(x + change, x, threat).requires_grad_()

    def climb(gradient: Tensor) -> None:
        moment.memory[CHANGE] = _climbed(moved.detach(), gradient, x, threat)

    moved.register_hook(climb)  # type: ignore[no-untyped-call]
    return standard(model, moved, y, settings, moment)


def _climbed(moved: Tensor, gradient: Tensor, x: Tensor, threat: ThreatModel) -> Tensor:
    return project(moved + threat.eps * steepest(gradient, threat.norm), x, threat) - x
