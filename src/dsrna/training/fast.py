"""Adversarial training at twice the price of a plain one."""

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.training.adversarial import one_step
from dsrna.training.randomness import drawn
from dsrna.training.registry import Moment, training
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard


@training(
    "fast",
    summary="cross-entropy on images moved by one long step from random starts, guarded against overfitting to it",
    source="Wong et al. 2020, arXiv 2001.03994, Algorithm 3",
    adversarial=True,
)
def fast(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    moment: Moment,
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch classes"]]:
    """Return the ``standard`` loss and the logits at the end of one step of ``fast.step`` eps, taken in eval mode.

    The guard is the loop's, which can take an epoch back.
    """
    return standard(model, one_step(model, x, y, settings, drawn(moment.generator)), y, settings, moment)
