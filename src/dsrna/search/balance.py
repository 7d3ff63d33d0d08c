"""How much the robustness metric counts in the upper level."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.errors import UserError

Flat = Float[Tensor, " parameters"]
"""A gradient in all architecture parameters, one after the other."""


@dataclass(frozen=True)
class BalanceSettings:
    """``ratio``: norm of the weighted gradient of R over that of L, both averaged over steps with ``decay``.

    ``project``: the gradient of R loses its part along the direction in which the logits grow.
    """

    ratio: float = 0.5
    decay: float = 0.9
    project: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.ratio < math.inf or not 0 <= self.decay < 1:
            raise UserError(
                f"balance.ratio ({self.ratio:g}) must be a number from 0 up, balance.decay ({self.decay:g}) in [0, 1)"
            )


@dataclass
class Balance:
    """Averages of the two gradients in the architecture parameters, and the weight of R that follows from them.

    With ``g_L`` and ``g_R`` averaged with decay d, the weight is ``ratio |g_L| / |g_R|``. Norms of averages, not of
    single gradients: that of L is noisy, that of R nearly free of noise, and equal norms would favour R.
    """

    settings: BalanceSettings
    averages: dict[str, Tensor] = field(default_factory=dict)

    def observe(self, loss: Flat, metric: Flat) -> float:
        """Take in the gradients of one step and return the weight of R."""
        for name, gradient in (("loss", loss), ("metric", metric)):
            before = self.averages.get(name)
            if before is None:
                self.averages[name] = gradient.clone()
            else:
                self.averages[name] = torch.lerp(gradient, before, self.settings.decay)
        of_loss, of_metric = (float(self.averages[name].norm()) for name in ("loss", "metric"))
        return self.settings.ratio * of_loss / of_metric if of_metric > 0 else 0.0

    def restore(self, averages: Mapping[str, Tensor]) -> None:
        self.averages = dict(averages)


def flat(gradients: Sequence[Tensor]) -> Flat:
    return torch.cat([gradient.detach().flatten() for gradient in gradients])


def without(gradients: Sequence[Tensor], direction: Sequence[Tensor]) -> list[Tensor]:
    """Project the gradients onto the complement of ``direction``, both over the same parameters taken as one vector."""
    length = sum(float(part.square().sum()) for part in direction)
    if length == 0:
        return list(gradients)
    inner = sum(float((part * along).sum()) for part, along in zip(gradients, direction, strict=True))
    return [part - inner / length * along for part, along in zip(gradients, direction, strict=True)]


def cosine(first: Flat, second: Flat) -> float:
    """The cosine of the angle between two gradients, 0 where one of them is 0."""
    lengths = float(first.norm() * second.norm())
    return float(first @ second) / lengths if lengths > 0 else 0.0
