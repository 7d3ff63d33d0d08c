"""The set of inputs that a bound speaks of."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations import inner


@dataclass(frozen=True, eq=False)
class Ball:
    """``{x' in [0, 1]^n : ||x' - x||_norm <= eps}``, a radius for each example, pixel units."""

    x: Float[Tensor, "batch *shape"]
    eps: Float[Tensor, "batch"]
    norm: float

    def box(self) -> Interval:
        """The smallest box around the ball without [0, 1], cut with [0, 1].

        The ball itself for L-inf. For L1 and L2 no pixel can move by more than ``eps`` either: sound, but loose.
        """
        eps = self.eps.reshape(-1, *[1] * (self.x.dim() - 1))
        return Interval.between((self.x - eps).clamp(0, 1), (self.x + eps).clamp(0, 1))

    def lowest(self, functional: Float[Tensor, "rows batch *shape"]) -> Float[Tensor, "rows batch"]:
        """Return the minimum of ``functional @ x'`` over the ball, or, by rounding alone, a little less."""
        if math.isinf(self.norm):
            box = self.box()
            return inner(functional, box.centre) - inner(functional.abs(), box.radius)
        slopes = functional.flatten(2)
        x = self.x.flatten(1)
        reach = torch.where(slopes > 0, x, 1 - x)
        eps = self.eps[:, None]
        fall = fall_in_l1(slopes.abs(), reach, eps) if self.norm == 1 else fall_in_l2(slopes.abs(), reach, eps)
        return inner(slopes, x) - fall


def fall_in_l1(
    steepness: Float[Tensor, "rows batch n"], reach: Float[Tensor, "rows batch n"], eps: Float[Tensor, "batch 1"]
) -> Float[Tensor, "rows batch"]:
    """Return the most that ``steepness @ d`` can be with ``0 <= d <= reach`` and ``sum d <= eps``.

    A fractional knapsack: the budget goes to the steepest pixels, each as far as it reaches.
    """
    steepest, order = steepness.sort(dim=-1, descending=True)
    reached = reach.gather(-1, order)
    before = reached.cumsum(-1) - reached
    return (steepest * (eps - before).clamp(min=0).minimum(reached)).sum(-1)


def fall_in_l2(
    steepness: Float[Tensor, "rows batch n"], reach: Float[Tensor, "rows batch n"], eps: Float[Tensor, "batch 1"]
) -> Float[Tensor, "rows batch"]:
    """Return the most that ``steepness @ d`` can be with ``0 <= d <= reach`` and ``||d||_2 <= eps``, or a little more.

    By weak duality ``max_d (steepness @ d - l/2 ||d||^2) + l/2 eps^2`` is no less for any multiplier ``l >= 0``; at
    the best one it is equal, and its derivative does not pass through ``l``.
    """
    multiplier = best_multiplier(steepness.detach(), reach.detach(), eps.detach())
    moved = (steepness / multiplier.clamp(min=torch.finfo(steepness.dtype).tiny)).minimum(reach)
    gained = (steepness * moved - multiplier / 2 * moved.square()).sum(-1)
    return gained + (multiplier[..., 0] / 2) * eps[:, 0].square()


def best_multiplier(steepness: Tensor, reach: Tensor, eps: Tensor) -> Float[Tensor, "rows batch 1"]:
    """Return the multiplier at which ``min(reach, steepness / l)`` has length ``eps``; 0 where ``reach`` has less.

    In the order in which pixels come to their ends as ``l`` falls, the first k are at theirs and the rest share what is
    left of ``eps^2``: the right k is the first that leaves the next pixel inside.
    """
    tiny = torch.finfo(steepness.dtype).tiny
    turning, order = (steepness / reach.clamp(min=tiny)).sort(dim=-1, descending=True)
    used = before(reach.gather(-1, order).square())
    left = (eps.square() - used).clamp(min=0)
    shared = steepness.square().gather(-1, order).flip(-1).cumsum(-1).flip(-1)
    multipliers = (shared / left.clamp(min=tiny)).sqrt()
    right = (multipliers >= turning).to(torch.uint8).argmax(-1, keepdim=True)
    enough = (reach.square().sum(-1, keepdim=True) > eps.square()) & (steepness.amax(-1, keepdim=True) > 0)
    return torch.where(enough, multipliers.gather(-1, right), 0)


def before(values: Tensor) -> Tensor:
    """The sum of all that come before each, along the last dimension."""
    return torch.nn.functional.pad(values.cumsum(-1)[..., :-1], (1, 0))
