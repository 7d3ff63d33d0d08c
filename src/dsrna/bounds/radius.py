"""The certified radius: how far an image may be moved without a change of its class."""

import math
from collections.abc import Callable
from copy import deepcopy
from typing import Final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from dsrna.bounds.ball import Ball
from dsrna.bounds.checks import checked_eps, checked_images, checked_logits
from dsrna.bounds.margin import margin_rows
from dsrna.bounds.methods import METHODS
from dsrna.bounds.trace import trace
from dsrna.errors import UserError

ROUNDING: Final = 2.0**-36
"""The room left at every node for float64's rounding; docs/explanation/bounds.md argues that it is enough."""


@torch.no_grad()
def certified_radius(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    *,
    norm: float = math.inf,
    method: str = "interval",
    max_eps: float = 1.0,
    steps: int = 20,
) -> Float[Tensor, "batch"]:
    """Return, in float64 and pixel units, a radius within which each image is certainly classified as ``y``.

    Found by ``steps`` bisections of [0, ``max_eps``]: the largest radius tried at which the bound of every margin was
    computed, on a float64 copy of the model and with room for rounding, and found positive. 0 where there was none,
    as for every image that the model gets wrong. No gradient flows through it. Errors are those of ``margin_bound``.
    """
    if steps < 0:
        raise UserError(f"steps must not be negative, not {steps}")
    bound = METHODS[method]
    images = checked_images(model, x).double()
    most = checked_eps(max_eps, images, norm)
    tape = trace(deepcopy(model).double(), images)
    rows = margin_rows(checked_logits(tape, images), y, "all")

    def certified(eps: Float[Tensor, "batch"]) -> Bool[Tensor, "batch"]:
        return (bound(tape, Ball(images, eps, norm), rows, rounding=ROUNDING) > 0).all(dim=1)

    return largest(certified, most, steps)


def largest(holds: Callable[[Tensor], Tensor], most: Float[Tensor, "batch"], steps: int) -> Float[Tensor, "batch"]:
    """Bisect [0, ``most``], element by element, for the largest value at which ``holds`` was seen; 0 where never."""
    low, high = torch.where(holds(most), most, 0), most
    for _ in range(steps):
        middle = (low + high) / 2
        good = holds(middle)
        low, high = torch.where(good, middle, low), torch.where(good, high, middle)
    return low
