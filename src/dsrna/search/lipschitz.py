"""A bound of the supernet's Lipschitz constant whose mixing weights are drawn, and the constraint on it (RACL).

Of Dong et al. 2020 (arXiv 2009.00902) we have the abstract, not the formulas: architecture parameters from trainable
log-normal distributions, the network's constant approximated by a log-normal one, its confidence by a constraint on
mean and variance through the cumulative function. What else stands here is ours; docs/explanation/search.md says what.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.spaces import Supernet
from dsrna.spaces.gains import block_gain, family_gains
from dsrna.spaces.genotype import INPUT_NODES
from dsrna.spaces.search_cell import SearchCell, outgoing

Moments = tuple[Float[Tensor, ""], Float[Tensor, ""]]
"""Mean and mean square."""


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
        if not 0.5 <= self.confidence < 1 or min(self.ratio, self.spread, self.step) <= 0:
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


def lognormal(alpha: Tensor, log_spread: Tensor) -> tuple[Float[Tensor, "edges operations"], ...]:
    """Return mean and mean square of weights ``e^a / Z``, a normal around ``alpha``, Z held at its mean."""
    variance = (2 * log_spread.double()).exp()
    mean = torch.softmax(alpha.double() + variance / 2, dim=-1)
    return mean, mean.square() * variance.exp()


def quantile(moments: Moments, probability: float) -> Float[Tensor, ""]:
    """Return the logarithm of a quantile of the log-normal distribution with these moments."""
    mean, square = moments
    variance = (square / mean.square()).clamp(min=1).log()
    below = NormalDist().inv_cdf(probability)
    # The root has no slope at 0, where nothing is drawn.
    deviation = variance.clamp(min=torch.finfo(variance.dtype).tiny).sqrt() if below else 0 * variance
    return mean.log() - variance / 2 + below * deviation


def network_moments(network: Supernet, weights: Mapping[str, tuple[Tensor, ...]]) -> Moments:
    """Carry the moments of the constant through the cells: from the stem, which has 1 here, to the last."""
    one = torch.ones((), dtype=torch.float64)
    before_last, last = (one, one), (one, one)
    for cell, reduces in zip(network.cells, network.reduces, strict=True):
        assert isinstance(cell, SearchCell)
        kind = "reduce" if reduces else "normal"
        before_last, last = last, cell_moments(cell, before_last, last, weights[kind], network.mixing_weights(kind)[1])
    return last


def cell_moments(
    cell: SearchCell, before_last: Moments, last: Moments, weights: tuple[Tensor, ...], edge_weights: Tensor | None
) -> Moments:
    """Sums of independent terms, node by node; the cell's outputs, side by side, count as their sum, which is more."""
    states = [scaled(before_last, block_gain(cell.first)), scaled(last, block_gain(cell.second))]
    tables, numbers = gains(cell), outgoing(cell.nodes)
    for node in range(cell.nodes):
        terms = []
        for source in range(INPUT_NODES + node):
            edge = numbers[source][node - max(0, source - INPUT_NODES + 1)]
            strength = 1.0 if edge_weights is None else edge_weights[edge].double()
            mean = (weights[0][edge] * tables[edge]).sum() * strength
            scatter = ((weights[1][edge] - weights[0][edge].square()) * tables[edge].square()).sum() * strength**2
            if edge_weights is not None:
                mean = mean + strength
            terms.append(product((mean, mean.square() + scatter), states[source]))
        states.append(total(terms))
    return total(states[INPUT_NODES:])


def gains(cell: SearchCell) -> Float[Tensor, "edges operations"]:
    """The constants of all candidates; ``none`` has 0."""
    numbers = outgoing(cell.nodes)
    count = sum(map(len, numbers))
    table = torch.zeros(count, 1 + max(c for s in cell.leaving() for f in s.each() for c in f.stack.columns))
    table = table.double()
    for source, edges in zip(cell.leaving(), numbers, strict=True):
        for family in source.each():
            for column, values in zip(family.stack.columns, family_gains(family).double().unbind(1), strict=True):
                table[edges, column] = values
    return table


def scaled(moments: Moments, factor: Tensor) -> Moments:
    return moments[0] * factor, moments[1] * factor.double().square()


def product(left: Moments, right: Moments) -> Moments:
    return left[0] * right[0], left[1] * right[1]


def total(terms: list[Moments]) -> Moments:
    mean = torch.stack([mean for mean, _ in terms]).sum()
    return mean, mean.square() + torch.stack([square - one.square() for one, square in terms]).sum()
