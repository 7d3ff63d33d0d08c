"""What a recipe says of certified training."""

from dataclasses import dataclass
from typing import Literal

from dsrna.bounds import METHODS, NOT_DIFFERENTIABLE
from dsrna.errors import UserError


@dataclass(frozen=True)
class CertifiedSettings:
    """The loss of certified training, and its schedule.

    ``bound``: a method of ``dsrna.bounds``, differentiable in the weights. ``weight``: share of the loss that is the
    bound's; the rest is the cross-entropy ``beside`` it, on clean or on adversarial images. ``box``: radius of the
    bounded ball, as a share of eps; below 1 it lies around an adversarial image. ``clean``: share of all epochs
    without any bound. ``ramp``: share of all epochs, after those, in which eps rises from 0. ``initialise``: draw first
    weights that keep intervals at their size.
    """

    bound: str = "interval"
    weight: float = 1.0
    beside: Literal["clean", "adversarial"] = "clean"
    box: float = 1.0
    clean: float = 0.15
    ramp: float = 0.5
    initialise: bool = True

    def __post_init__(self) -> None:
        METHODS.record(self.bound)
        if self.bound in NOT_DIFFERENTIABLE:
            raise UserError(
                f"certified.bound {self.bound!r} has no gradient in the weights; take another of `dsrna list`"
            )
        for name in ("weight", "box"):
            if not 0 < getattr(self, name) <= 1:
                raise UserError(f"certified.{name} must be a share, above 0 and up to 1, not {getattr(self, name)}")
        for name in ("clean", "ramp"):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f"certified.{name} must be a share of the epochs, 0 to 1, not {getattr(self, name)}")
        if self.clean + self.ramp >= 1:
            raise UserError(
                f"certified.clean ({self.clean}) and certified.ramp ({self.ramp}) must add up to less than 1, "
                "or the network is never trained at the whole eps"
            )

    @property
    def attacks(self) -> bool:
        """Whether the loss looks at adversarial images."""
        return self.box < 1 or (self.beside == "adversarial" and self.weight < 1)
