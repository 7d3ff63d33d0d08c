"""Training on the worst images that a short attack finds."""

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.runtime.modes import evaluating
from dsrna.threat import ascend, cross_entropy, random_start
from dsrna.training.randomness import drawn
from dsrna.training.registry import Moment, training
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard


@training(
    "pgd",
    summary="cross-entropy on images moved by projected gradient ascent, from random starts",
    source="Madry et al. 2018, arXiv 1706.06083, section 2.1",
    adversarial=True,
)
def pgd(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    moment: Moment,
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch classes"]]:
    """Return the ``standard`` loss and the logits at the end of the ascent in the settings' ball.

    The ascent runs in eval mode: that is the network that will be attacked; in training mode the gradient of an image
    would depend on the rest of its batch and on dropped paths, and the running statistics of batch norm would take in
    images that were never trained on. The step itself is in training mode.
    """
    return standard(model, adversary(model, x, y, settings, drawn(moment.generator)), y, settings, moment)


def adversary(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    seed: int,
) -> Float[Tensor, "batch channels height width"]:
    """Return the images moved by the settings' adversary, from random points of their balls."""
    return _climbed(model, x, y, settings, seed, steps=settings.steps, step_size=settings.step)


def one_step(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    seed: int,
) -> Float[Tensor, "batch channels height width"]:
    """Return the images moved by the one long step of ``fast``, from random points of their balls."""
    return _climbed(model, x, y, settings, seed, steps=1, step_size=settings.fast.step * settings.eps)


def _climbed(
    model: nn.Module, x: Tensor, y: Tensor, settings: TrainingSettings, seed: int, *, steps: int, step_size: float
) -> Tensor:
    start = random_start(x, settings.threat, seed)
    with evaluating(model):
        return ascend(cross_entropy(model, y), x, settings.threat, steps=steps, step_size=step_size, start=start)
