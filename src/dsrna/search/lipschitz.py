"""A bound of the supernet's Lipschitz constant whose mixing weights are drawn, and the constraint on it (RACL).

Of Dong et al. 2020 (arXiv 2009.00902) we have the abstract, not the formulas: architecture parameters from trainable
log-normal distributions, the network's constant approximated by a log-normal one, its confidence by a constraint on
mean and variance through the cumulative function. What else stands here is ours; docs/explanation/search.md says what.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.search.lipschitz_moments import lognormal, network_moments, quantile
from dsrna.spaces import Supernet


@dataclass(frozen=True)
class LipschitzSettings:
    """The Lipschitz constant is to be at most ``ratio`` times that of the uniform mixture, by ``confidence``.

    ``spread``: the first standard deviation of an architecture parameter. ``step``: of the multiplier.
    """

    confidence: float = 0.9
    ratio: float = 0.5
    spread: float = 0.1
    step: float = 0.01

    def __post_init__(self) -> None:
        positive = all(0 < value < math.inf for value in (self.ratio, self.spread, self.step))
        if not 0.5 <= self.confidence < 1 or not positive:
            raise UserError(
                f"lipschitz.confidence ({self.confidence:g}) must lie in [0.5, 1), lipschitz.ratio, lipschitz.spread "
                "and lipschitz.step above 0"
            )


@dataclass
class Constraint:
    """``c = log quantile - log(ratio * uniform) <= 0`` with its multiplier, an augmented Lagrangian."""

    settings: LipschitzSettings
    multiplier: float = 0.0

    def penalty(self, excess: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """Return ``(max(0, m + s c)^2 - m^2) / (2 s)``, m the multiplier and s its step."""
        reached = (self.multiplier + self.settings.step * excess).clamp(min=0)
        penalty: Tensor = (reached.square() - self.multiplier**2) / (2 * self.settings.step)
        return penalty

    def update(self, excess: float) -> None:
        self.multiplier = max(0.0, self.multiplier + self.settings.step * excess)

    def tensors(self) -> dict[str, Tensor]:
        return {"multiplier": torch.tensor(self.multiplier, dtype=torch.float64)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        if tensors:
            self.multiplier = tensors["multiplier"].item()

    def excess(self, supernet: nn.Module) -> Float[Tensor, ""]:
        """Return c. The weights are constants here: they are the lower level's."""
        network = checked(supernet)
        drawn = {cell: lognormal(network.alpha[cell], network.spreads[cell]) for cell in network.alpha}
        equal = {cell: torch.full_like(mean, 1 / mean.shape[1]) for cell, (mean, _) in drawn.items()}
        uniform = {cell: (mean, mean.square()) for cell, mean in equal.items()}
        with torch.no_grad():
            reference = quantile(network_moments(network, uniform), 0.5)
        return (
            quantile(network_moments(network, drawn), self.settings.confidence)
            - reference
            - math.log(self.settings.ratio)
        )


def checked(supernet: nn.Module) -> Supernet:
    if not isinstance(supernet, Supernet):
        raise UserError("racl bounds the cells of the space darts only; choose --space.name darts or another method")
    return supernet
