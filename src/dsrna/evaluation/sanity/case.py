"""What the checks look at."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from dsrna.evaluation.attacks import pgd
from dsrna.evaluation.eight_bit import rounded
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.results import Check
from dsrna.threat import ThreatModel, format_eps

FEW_STEPS: Final = 10
MANY_STEPS: Final = 50
LARGE_STEPS: Final = 20
QUERIES: Final = 100
LARGE_RESTARTS: Final = 3
"""In the whole box one run in small steps can stay where the loss is flat; large steps from random points do not."""
SLACK: Final = 0.05
"""Two attacks may differ by this share of the images, and by one image, without meaning anything."""


@dataclass(frozen=True, eq=False)
class Case:
    """Images that are classified rightly, and which of them the reported attacks left standing at ``threat``.

    ``white``: which of them the reported attacks left standing that know the gradients; None where none was run.
    ``eight_bit``: those attacks were judged after rounding to k/255, so the checks' own are too.
    """

    model: nn.Module
    x: Float[Tensor, "batch channels height width"]
    y: Int64[Tensor, "batch"]
    threat: ThreatModel
    standing: Bool[Tensor, "batch"]
    seed: int
    white: Bool[Tensor, "batch"] | None = None
    eight_bit: bool = False

    @cached_property
    def few(self) -> Bool[Tensor, "batch"]:
        """The images that a short run of PGD leaves standing."""
        return self.left_by_pgd(self.threat.eps, FEW_STEPS)

    @cached_property
    def many(self) -> Bool[Tensor, "batch"]:
        """The images that a long run of PGD leaves standing."""
        return self.left_by_pgd(self.threat.eps, MANY_STEPS)

    @property
    def by_gradients(self) -> Bool[Tensor, "batch"]:
        """The images that attacks leave standing that know the gradients: the reported ones, in default of any PGD."""
        return self.few & self.many if self.white is None else self.white

    @property
    def images(self) -> int:
        return len(self.y)

    @property
    def eps(self) -> str:
        return format_eps(self.threat.eps)

    @property
    def slack(self) -> float:
        return slack(self.images)

    def left_by_pgd(self, eps: float, steps: int, restarts: int = 1) -> Bool[Tensor, "batch"]:
        norm, seed = self.threat.norm, self.seed
        found = pgd(self.model, self.x, self.y, eps=eps, norm=norm, steps=steps, restarts=restarts, seed=seed)
        return self.left(found, eps)

    def left(self, found: Float[Tensor, "batch channels height width"], eps: float) -> Bool[Tensor, "batch"]:
        """Tell which images stand against what an attack found in their balls of ``eps``."""
        if self.eight_bit:
            # Without a rounding inside the ball the image comes back as it was, and that was classified rightly.
            found, _ = rounded(found, self.x, ThreatModel(eps, self.threat.norm))
        return predictions(self.model, found) == self.y


def slack(images: int) -> float:
    """Return by how many of so many images two attacks may differ."""
    return max(1.0, SLACK * images)


def told(name: str, *, passed: bool, seen: str, doubt: str) -> Check:
    """Return a check with what was seen, and where it failed also what to doubt."""
    return Check(name, passed, f"{seen}." if passed else f"{seen}: {doubt}.")
