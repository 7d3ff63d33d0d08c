"""The images that the losses of a search see."""

import math
from dataclasses import dataclass

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating
from dsrna.search.methods import Examples
from dsrna.threat import Eps, Norm, ThreatModel, ascend, cross_entropy, random_start

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, " batch"]


@dataclass(frozen=True)
class AdversarySettings:
    """How images are moved while searching, for the methods that do so: the ball, and the ascent in it.

    ``eps`` (pixel units) and ``norm``: the ball; noise is uniform in it. ``steps``: of the ascent. ``step``: the length
    of one in units of eps. One step of length 1.25 is FGSM from a random start (Wong et al. 2020, arXiv 2001.03994),
    many of them are PGD.
    """

    eps: Eps = Eps(8 / 255)
    norm: Norm = Norm(math.inf)
    steps: int = 1
    step: float = 1.25

    def __post_init__(self) -> None:
        ThreatModel(self.eps, self.norm)
        if self.steps < 1 or not 0 < self.step < math.inf:
            raise UserError(
                f"adversary.steps ({self.steps}) must be at least 1, adversary.step ({self.step:g}) above 0"
            )

    @property
    def threat(self) -> ThreatModel:
        return ThreatModel(self.eps, self.norm)


def seen(
    examples: Examples, model: nn.Module, batch: tuple[Images, Labels], settings: AdversarySettings, seed: int
) -> Images:
    """Return the images of a batch as a loss is to see them.

    The ascent runs in evaluation mode, where an image's gradient is its own and no statistics are gathered.
    """
    x, y = batch
    if examples == "clean":
        return x
    start = random_start(x, settings.threat, seed)
    if examples == "noise":
        return start
    size = settings.step * settings.eps
    with evaluating(model):
        objective = cross_entropy(model, y)
        return ascend(objective, x, settings.threat, steps=settings.steps, step_size=size, start=start)
