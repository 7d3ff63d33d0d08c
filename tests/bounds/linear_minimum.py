"""The smallest value of a linear function over the ball cut with [0, 1], by three separate arguments, one a norm."""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
HALVINGS = 200


def linear_minimum(slope: Array, x: Array, eps: float, norm: float) -> float:
    """The minimum of ``slope @ x'`` over ``{x' in [0, 1]^n : ||x' - x||_norm <= eps}``."""
    return float(slope @ x - _GAIN[norm](np.abs(slope), np.where(slope > 0, x, 1 - x), eps))


def _inf_gain(weight: Array, room: Array, eps: float) -> Any:
    """Every pixel moves on its own, as far as the ball and the box let it."""
    return weight @ np.minimum(room, eps)


def _one_gain(weight: Array, room: Array, eps: float) -> Any:
    """Steepest first: a fractional knapsack, whose items are the pixels and whose size is ``eps``."""
    order = np.argsort(-weight)
    spent = np.minimum(np.cumsum(room[order]), eps)
    return weight[order] @ np.diff(spent, prepend=0.0)


def _two_gain(weight: Array, room: Array, eps: float) -> Any:
    """By the KKT conditions the step is ``min(room, t weight)``; bisect for the t at which its length is ``eps``."""
    corner = np.where(weight > 0, room, 0.0)
    if np.linalg.norm(corner) <= eps:
        return weight @ corner
    low, high = 0.0, 1.0
    while np.linalg.norm(np.minimum(room, high * weight)) < eps:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if np.linalg.norm(np.minimum(room, middle * weight)) < eps else (low, middle)
    return weight @ np.minimum(room, low * weight)


_GAIN: Final[dict[float, Callable[[Array, Array, float], Any]]] = {
    math.inf: _inf_gain,
    1.0: _one_gain,
    2.0: _two_gain,
}
