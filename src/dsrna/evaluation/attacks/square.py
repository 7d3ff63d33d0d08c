"""Square: a random search that asks for logits only. No gradients, so nothing that hides them hides from it."""

import math
from typing import Final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.gradients import margin
from dsrna.evaluation.attacks.guard import check_known_norm, under_attack, verified
from dsrna.evaluation.attacks.registry import attack
from dsrna.evaluation.attacks.square_moves import MOVES, Moves
from dsrna.threat import ThreatModel, example_generator, project

_HALVINGS: Final = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""The share of pixels is halved after these queries of 10,000."""


@attack(
    "square",
    summary="black box: random squares of 5,000 queries, kept where they lower the margin; L-inf and L2",
    source="Andriushchenko et al. 2020, arXiv 1912.00049, algorithms 1 to 3",
    slow=True,
    norms=tuple(MOVES),
    black_box=True,
)
def square(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    *,
    eps: float,
    norm: float = math.inf,
    queries: int = 5000,
    share: float = 0.8,
    seed: int | None = None,
) -> Float[Tensor, "batch channels height width"]:
    """Return what at most ``queries`` evaluations of the margin find; an image that fell is asked no more.

    ``share`` of an image's pixels lie in the first squares; it is halved on the way. An image that does not fall
    comes back as it was. Every image has random numbers of its own. ``x`` in [0, 1], ``eps`` in pixel units, norm
    inf or 2; bad input raises ``UserError``.
    """
    threat = ThreatModel(eps, norm)
    check_known_norm("Square", norm, tuple(MOVES))
    if queries < 1 or not 0 < share <= 1:
        raise UserError(f"Square needs at least one query and a share in (0, 1], not {queries} and {share:g}")
    with under_attack(model, x, y), torch.no_grad():
        if eps == 0:
            return x.clone()
        moves = MOVES[norm]
        uniforms = _uniforms(x, moves, queries, seed or 0)
        search = _Search(model, x, y, eps=eps, moves=moves, uniforms=uniforms)
        for query in range(1, queries):
            if not search.ask(query, _share(share, query, queries)):
                break
        return verified(project(search.felled(), x, threat), x, threat)


class _Search:
    """The best change of each image so far; those that stand are asked further."""

    def __init__(self, model: nn.Module, x: Tensor, y: Tensor, *, eps: float, moves: Moves, uniforms: Tensor) -> None:
        self.model, self.x, self.y, self.eps, self.moves = model, x, y, eps, moves
        first, self._then = uniforms[:, : moves.draws(x)], uniforms[:, moves.draws(x) :]
        right = margin(model(x), y) > 0
        self.best = torch.where(right.view(-1, 1, 1, 1), moves.first(x, eps, first), x)
        self.margin = margin(model(self.best), y)

    def ask(self, query: int, share: float) -> bool:
        """Try one change of each image that stands; tell whether any was left to try."""
        going = (self.margin >= 0).nonzero().squeeze(1)
        if not len(going):
            return False
        x, label, best = self.x[going], self.y[going], self.best[going]
        count = self.moves.each(x)
        draws = self._then[going, (query - 1) * count : query * count]
        tried = self.moves.then(x, best, self.eps, share, draws)
        lower = margin(self.model(tried), label)
        better = lower < self.margin[going]
        self.best[going[better]] = tried[better]
        self.margin[going] = torch.where(better, lower, self.margin[going])
        return True

    def felled(self) -> Tensor:
        """Return the changed images that are misclassified, and the others as they were."""
        return torch.where((self.margin < 0).view(-1, 1, 1, 1), self.best, self.x)


def _uniforms(x: Tensor, moves: Moves, queries: int, seed: int) -> Tensor:
    """Return for each image its own uniform numbers, as many as it can come to need."""
    count = moves.draws(x) + (queries - 1) * moves.each(x)
    drawn = [torch.rand(count, generator=example_generator(image, seed, "square")) for image in x]
    return torch.stack(drawn).to(x.device)


def _share(first: float, query: int, queries: int) -> float:
    """Halve the share on a schedule that is made for 10,000 queries and stretched to those there are."""
    return first * 0.5 ** sum(10_000 * query / queries > after for after in _HALVINGS)
