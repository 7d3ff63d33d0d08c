"""Mixing weights that are moved while the supernet's weights are trained (Chen and Hsieh 2020, SmoothDARTS)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating
from dsrna.runtime.processes import ALONE, Processes
from dsrna.search.gradients import gradient
from dsrna.spaces import Searchable

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, " batch"]

Moves = dict[str, Float[Tensor, "edges operations"]]
"""What is added to the mixing weights of each cell."""


@dataclass(frozen=True)
class PerturbationSettings:
    """How far each mixing weight may be moved: ``first`` to ``last``, in even steps over the epochs.

    ``steps``: ascents of the adversarial one, each of length 2 eps / steps, as in the authors' released program.
    """

    first: float = 0.03
    last: float = 0.3
    steps: int = 7

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= 1 or self.steps < 1:
            raise UserError(
                f"perturbation.first ({self.first:g}) and perturbation.last ({self.last:g}) must rise between 0 and 1, "
                f"perturbation.steps ({self.steps}) be at least 1"
            )

    def eps(self, share: float) -> float:
        """Return the radius when so large a share of the epochs is over."""
        return self.first + (self.last - self.first) * share


@contextmanager
def moved(supernet: Searchable, moves: Mapping[str, Tensor]) -> Iterator[None]:
    """Add ``moves`` to the mixing weights."""
    supernet.moves = dict(moves)
    try:
        yield
    finally:
        supernet.moves = {}


def random_moves(supernet: Searchable, eps: float, generator: torch.Generator) -> Moves:
    """Return moves drawn uniformly within ``eps`` of each mixing weight, which stays in [0, 1] (SDARTS-RS)."""
    return {cell: _uniform(share, eps, generator) for cell, share in _shares(supernet).items()}


def worst_moves(
    supernet: Searchable,
    x: Images,
    y: Labels,
    eps: float,
    *,
    steps: int,
    generator: torch.Generator,
    processes: Processes = ALONE,
) -> Moves:
    """Return the moves that an ascent of the loss over all processes ends at, from random ones (SDARTS-ADV).

    It runs in evaluation mode, so that it leaves no trace in running statistics. Weights stay in [0, 1], but need no
    longer add up to 1.
    """
    shares, moves = _shares(supernet), random_moves(supernet, eps, generator)
    with evaluating(supernet):
        for _ in range(steps):
            signs = _signs(supernet, x, y, moves, processes)
            ahead = {cell: move + 2 * eps / steps * sign for cell, move, sign in signs}
            moves = {cell: _within(move, shares[cell], eps) for cell, move in ahead.items()}
    return moves


def _signs(
    supernet: Searchable, x: Images, y: Labels, moves: Moves, processes: Processes
) -> list[tuple[str, Tensor, Tensor]]:
    """Each cell's moves, with the signs of the loss's gradient in them."""
    leaves = {cell: move.clone().requires_grad_() for cell, move in moves.items()}
    with moved(supernet, leaves):
        loss = processes.over_all(F.cross_entropy(supernet(x), y), len(y))
        found = gradient(loss, list(leaves.values()), processes)
    return [(cell, moves[cell], slope.sign()) for cell, slope in zip(leaves, found, strict=True)]


def _shares(supernet: Searchable) -> Moves:
    return {cell: mixture.detach() for cell, mixture in supernet.mixtures().items()}


def _uniform(share: Tensor, eps: float, generator: torch.Generator) -> Tensor:
    drawn = torch.rand(share.shape, generator=generator).to(share)
    return _within(eps * (2 * drawn - 1), share, eps)


def _within(move: Tensor, share: Tensor, eps: float) -> Tensor:
    return (share + move.clamp(-eps, eps)).clamp(0, 1) - share
