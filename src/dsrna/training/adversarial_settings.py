"""What a recipe says of the adversarial trainings that need more than an adversary."""

import math
from dataclasses import dataclass

from dsrna.errors import UserError


@dataclass(frozen=True)
class TradesSettings:
    """``beta``: weight of the divergence between clean and adversarial predictions."""

    beta: float = 6.0

    def __post_init__(self) -> None:
        if not 0 < self.beta < math.inf:
            raise UserError(f"trades.beta must be positive and finite, not {self.beta}")


@dataclass(frozen=True)
class FastSettings:
    """``step``: length of the one step, in eps. ``fall``: the share of its best robust accuracy that a network may
    lose in an epoch before it counts as catastrophically overfitted.
    """

    step: float = 1.25
    fall: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.step < math.inf:
            raise UserError(f"fast.step must be positive and finite, not {self.step}")
        if not 0 < self.fall <= 1:
            raise UserError(f"fast.fall must be a share, above 0 and up to 1, not {self.fall}")


@dataclass(frozen=True)
class FreeSettings:
    """``replays``: how many steps are taken on each batch before the next."""

    replays: int = 8

    def __post_init__(self) -> None:
        if self.replays < 1:
            raise UserError(f"free.replays must be at least 1, not {self.replays}")
