"""The true minimum of a small ReLU network over a polyhedral ball, one linear program an activation pattern.

Once it is fixed which ReLUs are active the network is affine, and so is the input of every ReLU. Among the points that
show the pattern the minimum is a linear program; the least over all patterns is the truth (Tjeng et al. 2019,
arXiv 1711.07356, section 4, without its integers). Nothing of ``dsrna.bounds`` is used.
"""

import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from linear_minimum import Array
from scipy.optimize import linprog
from torch import Tensor, nn

MOST_PATTERNS = 2**10


class FixedReLU(nn.Module):
    """A ReLU that passes on what its mask says, and remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = torch.zeros(0)
        self.given = torch.zeros(0)

    def forward(self, x: Tensor) -> Tensor:
        self.given = x
        return x * self.mask.view(x.shape) if self.mask.numel() else x


@dataclass(frozen=True)
class Affine:
    """``matrix @ x + offset``."""

    matrix: Array
    offset: Array


def true_minimum(model: nn.Module, row: Tensor, x: Tensor, eps: float, norm: float) -> float:
    """The minimum of ``row @ f(x')`` over the ball of norm 1 or infinity around the one image ``x``, cut with [0, 1].

    ``model`` is in evaluation mode, in float64, and piecewise affine through ``nn.ReLU`` modules, each used once.
    """
    fixed, relus = _with_fixed_relus(model, x)
    polytope = ball(x, eps, norm)
    found = []
    for pattern in _patterns([relu.given.numel() for relu in relus]):
        for relu, mask in zip(relus, pattern, strict=True):
            relu.mask = mask
        value, given = _affine_parts(fixed, relus, row, x)
        sign = np.where(torch.cat(pattern).numpy() > 0, -1.0, 1.0)[:, None]
        shown = Affine(sign * given.matrix, sign * given.offset[:, None])
        found.append(_minimum(value, polytope, shown))
    return min(found)


def _with_fixed_relus(model: nn.Module, x: Tensor) -> tuple[nn.Module, list[FixedReLU]]:
    fixed = deepcopy(model).requires_grad_(False)
    for name, module in list(fixed.named_modules()):
        if isinstance(module, nn.ReLU):
            fixed.set_submodule(name, FixedReLU())
    fixed(x)
    return fixed, [module for module in fixed.modules() if isinstance(module, FixedReLU)]


def _patterns(sizes: list[int]) -> Iterator[tuple[Tensor, ...]]:
    assert 2 ** sum(sizes) <= MOST_PATTERNS, f"{sum(sizes)} ReLUs are too many to try every pattern"
    for bits in product((0.0, 1.0), repeat=sum(sizes)):
        yield torch.split(torch.tensor(bits, dtype=torch.float64), sizes)


def _affine_parts(fixed: nn.Module, relus: list[FixedReLU], row: Tensor, x: Tensor) -> tuple[Affine, Affine]:
    """``row @ f`` and the inputs of all ReLUs, as functions of the flat image."""

    def parts(flat: Tensor) -> tuple[Tensor, Tensor]:
        value = (fixed(flat.view(x.shape)) @ row).view(-1)
        return value, torch.cat([relu.given.reshape(-1) for relu in relus])

    at, matrices = parts(x.reshape(-1)), torch.func.jacrev(parts)(x.reshape(-1))
    value, given = (
        Affine(matrix.numpy(), (here - matrix @ x.reshape(-1)).numpy())
        for matrix, here in zip(matrices, at, strict=True)
    )
    return value, given


@dataclass(frozen=True)
class Polytope:
    """The points with ``matrix @ (x, more) <= limit``; ``x`` comes first and lies within ``bounds``."""

    matrix: Array
    limit: Array
    bounds: list[tuple[float, float]]


def ball(x: Tensor, eps: float, norm: float) -> Polytope:
    """The ball cut with [0, 1]. For L1 each pixel has a second variable, no smaller than the distance it moves."""
    flat = x.reshape(-1).numpy()
    size = len(flat)
    if norm == math.inf:
        bounds = [(max(0.0, p - eps), min(1.0, p + eps)) for p in flat.tolist()]
        return Polytope(np.zeros((0, size)), np.zeros(0), bounds)
    assert norm == 1.0, "an L2 ball is no polytope"
    one = np.eye(size)
    spent = np.concatenate([np.zeros(size), np.ones(size)])[None]
    matrix = np.concatenate([np.hstack([one, -one]), np.hstack([-one, -one]), spent])
    return Polytope(matrix, np.concatenate([flat, -flat, [eps]]), [(0.0, 1.0)] * size + [(0.0, 1.0)] * size)


def _minimum(value: Affine, polytope: Polytope, shown: Affine) -> float:
    """The minimum of ``value`` where ``shown`` is not positive; infinity where that is nowhere."""
    more = len(polytope.bounds) - value.matrix.shape[1]
    matrix = np.vstack([polytope.matrix, np.pad(shown.matrix, ((0, 0), (0, more)))])
    limit = np.concatenate([polytope.limit, -shown.offset[:, 0]])
    result = linprog(np.pad(value.matrix[0], (0, more)), matrix, limit, bounds=polytope.bounds)
    return float(result.fun) + float(value.offset[0]) if result.status == 0 else math.inf
