"""The supernet as the architecture that would be read off: the same weights, mixing weights decided."""

import torch
from torch import Tensor

from dsrna.search.perturbation import Moves
from dsrna.spaces import Searchable
from dsrna.spaces.selection import Choice
from dsrna.spaces.within import strongest_within


def strongest_choice(supernet: Searchable) -> Choice:
    """Return what is kept where no size is held."""
    choice = strongest_within(supernet.strengths(), supernet.rule(), ())
    assert choice is not None, "without a band there is always one"
    return choice


@torch.no_grad()
def decided(supernet: Searchable, choice: Choice) -> Moves:
    """Return the moves that make the mixing weights 1 where an edge is kept with its operation, elsewhere 0.

    Weights of edges are shared out among those that are kept.
    """
    moves = {}
    for cell, mixture in supernet.mixtures().items():
        wanted = torch.zeros_like(mixture)
        wanted[tuple(torch.tensor(choice[cell]).T)] = 1
        moves[cell] = wanted - mixture
    for cell, weights in supernet.edge_mixtures().items():
        kept = torch.zeros_like(weights)
        kept[[edge for edge, _ in choice[cell]]] = 1
        moves[f"{cell} edges"] = _shared_out(weights * kept, supernet.rule().groups) - weights
    return moves


def _shared_out(weights: Tensor, groups: tuple[int, ...]) -> Tensor:
    return torch.cat([group / group.sum() for group in torch.split(weights, list(groups))])
