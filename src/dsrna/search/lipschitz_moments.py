"""Mean and mean square of the supernet's Lipschitz constant where mixing weights are drawn from log-normals."""

from collections.abc import Mapping
from statistics import NormalDist

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.spaces import Supernet
from dsrna.spaces.gains import block_gain, family_gains
from dsrna.spaces.genotype import INPUT_NODES
from dsrna.spaces.search_cell import SearchCell, outgoing

Moments = tuple[Float[Tensor, ""], Float[Tensor, ""]]
"""Mean and mean square."""


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
    tables, numbers = gains(cell, weights[0].device), outgoing(cell.nodes)
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


def gains(cell: SearchCell, device: torch.device | None = None) -> Float[Tensor, "edges operations"]:
    """The constants of all candidates; ``none`` has 0."""
    numbers = outgoing(cell.nodes)
    count = sum(map(len, numbers))
    columns = 1 + max(c for s in cell.leaving() for f in s.each() for c in f.stack.columns)
    table = torch.zeros(count, columns, dtype=torch.float64, device=device)
    for source, edges in zip(cell.leaving(), numbers, strict=True):
        for family in source.each():
            for column, values in zip(family.stack.columns, family_gains(family).to(table).unbind(1), strict=True):
                table[edges, column] = values
    return table


def scaled(moments: Moments, factor: Tensor) -> Moments:
    return moments[0] * factor, moments[1] * factor.double().square()


def product(left: Moments, right: Moments) -> Moments:
    return left[0] * right[0], left[1] * right[1]


def total(terms: list[Moments]) -> Moments:
    mean = torch.stack([mean for mean, _ in terms]).sum()
    return mean, mean.square() + torch.stack([square - one.square() for one, square in terms]).sum()
