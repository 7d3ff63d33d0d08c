"""Minimum-norm attacks: not whether an image falls at eps, but how far away the nearest misclassified one is."""

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.evaluation.attacks.guard import check_known_norm, under_attack, verified
from dsrna.evaluation.attacks.registry import AttackFunction
from dsrna.evaluation.predictions import predictions
from dsrna.threat import ThreatModel, distance, inside

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, "batch"]


@runtime_checkable
class MinimumAttack(Protocol):
    """The model, images in [0, 1] and labels, to misclassified images in [0, 1] as near as the attack can find them.

    An image that is wrong to begin with, or that the attack cannot fell, comes back as it was.
    """

    def __call__(self, model: nn.Module, x: Images, y: Labels, *, seed: int | None = None) -> Images: ...


class Nearest:
    """For each image the nearest misclassified one that was seen; until one is, the image itself."""

    def __init__(self, x: Images, norm: float) -> None:
        self.images = x.clone()
        self._x = x
        self._norm = norm
        self._distances = torch.full((len(x),), torch.inf, dtype=torch.float64, device=x.device)

    def see(self, rows: Tensor, images: Tensor, fooled: Tensor) -> None:
        """Take those of ``images``, variants of the examples at ``rows``, that fooled the model and are nearer."""
        distances = distance(images, self._x[rows], self._norm)
        nearer = fooled & (distances < self._distances[rows])
        self.images[rows[nearer]] = images[nearer]
        self._distances[rows[nearer]] = distances[nearer]

    def confirmed(self, model: nn.Module, y: Labels) -> Images:
        """Return the nearest images, all asked again in one batch: rounding may decide at the very boundary."""
        right = predictions(model, self.images) == y
        return torch.where(right.view(-1, 1, 1, 1), self._x, self.images)


def within(minimum: MinimumAttack, of_norm: float) -> AttackFunction:
    """Return a minimum-norm attack as one at an eps: it fells the images whose distance under its norm is at most eps.

    The others come back as they were.
    """
    return _Within(minimum, of_norm)


def at_several_radii(attack: AttackFunction, model: nn.Module) -> AttackFunction:
    """Return ``attack`` for one model, whose weights stay, and several eps: of ``within`` each batch is searched once.

    What it finds is what ``attack`` finds. Batches come one after the other, at every eps before the next.
    """
    return replace(attack, minimum=_Remembering(attack.minimum, model)) if isinstance(attack, _Within) else attack


@dataclass(frozen=True)
class _Within:
    minimum: MinimumAttack
    of_norm: float

    def __call__(
        self,
        model: nn.Module,
        x: Images,
        y: Labels,
        *,
        eps: float,
        norm: float | None = None,
        seed: int | None = None,
    ) -> Images:
        threat = ThreatModel(eps, self.of_norm if norm is None else norm)
        check_known_norm("a minimum-norm attack", threat.norm, (self.of_norm,))
        with under_attack(model, x, y):
            found = self.minimum(model, x, y, seed=seed) if eps else x
        return verified(torch.where(inside(found, x, threat).view(-1, 1, 1, 1), found, x), x, threat)


class _Remembering:
    """What a minimum-norm attack found for the last batch on ``model``; other models are attacked anew each time."""

    def __init__(self, minimum: MinimumAttack, model: nn.Module) -> None:
        self._minimum = minimum
        self._model = model
        self._asked: tuple[Images, Labels, int | None] | None = None
        self._found = torch.empty(0)

    def __call__(self, model: nn.Module, x: Images, y: Labels, *, seed: int | None = None) -> Images:
        if model is not self._model:
            return self._minimum(model, x, y, seed=seed)
        if not self._known(x, y, seed):
            self._found = self._minimum(model, x, y, seed=seed)
            self._asked = (x, y, seed)
        return self._found

    def _known(self, x: Images, y: Labels, seed: int | None) -> bool:
        if self._asked is None:
            return False
        last_x, last_y, last_seed = self._asked
        return seed == last_seed and torch.equal(x, last_x) and torch.equal(y, last_y)
