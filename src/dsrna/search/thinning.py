"""Candidates that are taken out of a supernet: the weakest after a stage, skip-connections beyond some at the end."""

from collections.abc import Mapping

import torch
from jaxtyping import Bool
from torch import Tensor

from dsrna.search.perturbation import moved
from dsrna.spaces import Architecture, Searchable
from dsrna.spaces.within import strongest_within

SKIP = "skip_connect"

Dropped = dict[str, Bool[Tensor, "edges operations"]]
"""The candidates of each cell that are taken out."""


def all_but(kept: int, mixtures: Mapping[str, Tensor]) -> Dropped:
    """Return all candidates but the ``kept`` of each edge that weigh most; of equals the first stay.

    One that was dropped before weighs 0 and is dropped again.
    """

    def weakest(weights: Tensor) -> Tensor:
        strongest = weights.detach().argsort(dim=1, descending=True, stable=True)[:, :kept]
        return torch.ones_like(weights, dtype=torch.bool).scatter(1, strongest, value=False)

    return {cell: weakest(weights) for cell, weights in mixtures.items()}


@torch.no_grad()
def with_few_skips(supernet: Searchable, most: int) -> Architecture:
    """Return the strongest architecture whose normal cell has ``most`` skip-connections at most.

    While there are more, the weakest of them is given weight 0 and the architecture is read off again; the weights of
    all else stay what they are (Chen et al. 2019, section 3.3).
    """
    rule, mixture = supernet.rule(), supernet.mixtures()["normal"]
    taken = torch.zeros_like(mixture)
    while True:
        with moved(supernet, {"normal": -taken}):
            strengths = supernet.strengths()
        choice = strongest_within(strengths, rule, ())
        assert choice is not None, "without a band there is always one"
        skips = [(edge, column) for edge, column in choice["normal"] if rule.operations[column] == SKIP]
        if len(skips) <= most:
            return rule.read(choice)
        weakest = min(skips, key=lambda place: strengths["normal"][place].item())
        taken[weakest] = mixture[weakest]
