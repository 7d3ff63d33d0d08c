"""What C&W minimises, and by what: Adam on w, an image a row, under a constant that is searched for each image."""

from dataclasses import dataclass, fields
from functools import partial
from typing import Final

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from dsrna.evaluation.attacks.gradients import logits_and_gradient, margin
from dsrna.evaluation.attacks.minimum import Nearest

_INNER: Final = 1 - 1e-6
"""The inverse of tanh is finite only inside (-1, 1); black and white pixels are moved in by half of this."""
_CHECKS: Final = 10
_PROGRESS: Final = 0.9999
_BETAS: Final = (0.9, 0.999)
_TINY: Final = 1e-8


class Search:
    """The constant of each image, between one that is too small and one that is large enough."""

    def __init__(self, rows: Tensor, x: Tensor, y: Tensor, constant: float) -> None:
        self.rows, self.x, self.y = rows, x, y
        self.constant = x.new_full((len(x),), constant)
        self._low = torch.zeros_like(self.constant)
        self._high = torch.full_like(self.constant, torch.inf)

    def update(self, fooled: Bool[Tensor, "some"]) -> None:
        self._high = torch.where(fooled, self.constant, self._high)
        self._low = torch.where(fooled, self._low, self.constant)
        middle = (self._low + self._high) / 2
        self.constant = torch.where(self._high.isinf(), 10 * self.constant, middle)


@dataclass
class _State:
    """Adam on w, an image a row: ``first`` and ``second`` are its moments, ``lowest`` the objective last checked."""

    place: Tensor
    origin: Tensor
    label: Tensor
    constant: Tensor
    w: Tensor
    first: Tensor
    second: Tensor
    lowest: Tensor

    @classmethod
    def at(cls, search: Search) -> "_State":
        w = torch.atanh((2 * search.x - 1) * _INNER)
        place = torch.arange(len(w), device=w.device)
        zeros, lowest = torch.zeros_like(w), torch.full_like(search.constant, torch.inf)
        return cls(place, _image(w), search.y, search.constant, w, zeros, zeros, lowest)

    def rows(self, kept: Tensor) -> "_State":
        return _State(*(getattr(self, field.name)[kept] for field in fields(self)))

    def step(self, slope: Tensor, number: int, step_size: float) -> None:
        self.first = _BETAS[0] * self.first + (1 - _BETAS[0]) * slope
        self.second = _BETAS[1] * self.second + (1 - _BETAS[1]) * slope.square()
        first, second = self.first / (1 - _BETAS[0] ** number), self.second / (1 - _BETAS[1] ** number)
        self.w = self.w - step_size * first / (second.sqrt() + _TINY)


def descend(model: nn.Module, search: Search, nearest: Nearest, steps: int, step_size: float) -> Tensor:
    """Minimise the objective under each image's constant; tell which images were misclassified on the way."""
    state, fell = _State.at(search), torch.zeros_like(search.y, dtype=torch.bool)
    every = max(1, steps // _CHECKS)
    for step in range(steps):
        image = _image(state.w)
        logits, slope = logits_and_gradient(model, image, partial(_hinge, y=state.label))
        fooled, change = margin(logits, state.label) < 0, image - state.origin
        nearest.see(search.rows[state.place], image, fooled)
        fell[state.place[fooled]] = True
        derivative = 2 * image * (1 - image)
        state_slope = (state.constant.view(-1, 1, 1, 1) * slope + 2 * change) * derivative
        state.step(state_slope, step + 1, step_size)
        if step % every == 0:
            objective = state.constant * _hinge(logits, state.label) + change.square().flatten(1).sum(dim=1)
            kept = objective <= _PROGRESS * state.lowest
            state.lowest = objective
            if not kept.any():
                break
            state = state if kept.all() else state.rows(kept)
    return fell


def _image(w: Tensor) -> Tensor:
    return (torch.tanh(w) + 1) / 2


def _hinge(logits: Tensor, y: Tensor) -> Tensor:
    return margin(logits, y).clamp(min=0)
