"""Certificates: in float64, with room for rounding, on a copy of the model's tensors."""

import math
from collections.abc import Callable
from typing import Final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from dsrna.bounds.ball import Ball
from dsrna.bounds.checks import checked_eps, checked_images, checked_memory
from dsrna.bounds.margin import Targets, margin_tape
from dsrna.bounds.methods import METHODS, Method
from dsrna.bounds.passes.batchwise import one_by_one
from dsrna.bounds.problem import MEMORY, Problem
from dsrna.errors import UserError

ROUNDING: Final = 2.0**-36
"""The room left at every node for float64's rounding; docs/explanation/bounds.md argues that it is enough."""

SMALLEST: Final = 2.0**-24
"""The smallest radius that is told from 0, as a share of the largest one sought."""


@one_by_one
@torch.no_grad()
def certified(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    eps: float | Float[Tensor, "batch"],
    *,
    norm: float = math.inf,
    method: str = "crown",
    targets: Targets = "all",
    memory: int = MEMORY,
) -> Bool[Tensor, "batch"]:
    """Tell for each image whether every input within ``eps`` is certainly classified as ``y``.

    With ``targets`` other than ``"all"``: certainly not as the target. Computed in float64 with room for rounding.
    Errors are those of ``margin_bound``.
    """
    bound, problem = METHODS[method], certificate(model, x, y, eps, norm=norm, targets=targets, memory=memory)
    return (bound(problem) > 0).all(dim=1)


@one_by_one
def certified_radius(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    *,
    norm: float = math.inf,
    method: str = "crown",
    max_eps: float = 1.0,
    steps: int = 12,
    targets: Targets = "all",
    memory: int = MEMORY,
) -> Float[Tensor, "batch"]:
    """Return, in float64 and pixel units, a radius within which each image is certainly classified as ``y``.

    The largest radius tried at which ``certified`` holds: ``max_eps``, or found by ``steps`` bisections of its
    logarithm down to 2^-24 of it, each of which halves the error; after 12 it is 0.4 %. 0 where there was none, as for
    every image that the model gets wrong.

    The gradient is that of the radius at which the least margin bound m is 0, ``-(dm/dw) / (dm/deps)`` (the implicit
    function theorem), where 0 < radius < ``max_eps``, and 0 elsewhere; none flows through ``alpha-crown``. Errors are
    those of ``margin_bound``.
    """
    if steps < 0:
        raise UserError(f"steps must not be negative, not {steps}")
    bound, problem = METHODS[method], certificate(model, x, y, max_eps, norm=norm, targets=targets, memory=memory)

    def holds(eps: Float[Tensor, "batch"]) -> Bool[Tensor, "batch"]:
        return (bound(problem.within(eps)) > 0).all(dim=1)

    with torch.no_grad():
        radius = largest(holds, problem.ball.eps, steps)
    return with_gradient(bound, problem, radius) if torch.is_grad_enabled() else radius


def certificate(
    model: nn.Module, x: Tensor, y: Tensor, eps: float | Tensor, *, norm: float, targets: Targets, memory: int
) -> Problem:
    """Pose the problem of certifying the margins, in float64."""
    images = checked_images(model, x).double()
    tape = margin_tape(model, images, y, targets, doubled(model))
    ball = Ball(images, checked_eps(eps, images, norm), norm)
    return Problem(tape, ball, rounding=ROUNDING, memory=checked_memory(memory))


def doubled(model: nn.Module) -> dict[str, Tensor]:
    """The model's parameters and buffers in float64, with their history."""
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {name: value.double() if value.is_floating_point() else value for name, value in tensors.items()}


def largest(holds: Callable[[Tensor], Tensor], most: Float[Tensor, "batch"], steps: int) -> Float[Tensor, "batch"]:
    """Bisect, element by element, for the largest value up to ``most`` at which ``holds`` was seen; 0 where never."""
    found = torch.where(holds(most), most, 0)
    if steps == 0 or (found == most).all():
        return found
    low, high = most * SMALLEST, most
    found = torch.where(found < most, torch.where(holds(low), low, 0), found)
    for _ in range(steps):
        middle = (low * high).sqrt()
        good = holds(middle)
        found = torch.where(good, torch.maximum(found, middle), found)
        low, high = torch.where(good, middle, low), torch.where(good, high, middle)
    return found


def with_gradient(bound: Method, problem: Problem, radius: Float[Tensor, "batch"]) -> Float[Tensor, "batch"]:
    """Return the radius with the gradient of where the least bound is 0."""
    eps = radius.clone().requires_grad_()
    margin = bound(problem.within(eps)).amin(dim=1)
    if not margin.requires_grad:
        return radius
    (slope,) = torch.autograd.grad(margin.sum(), eps, retain_graph=True)
    inside = (radius > 0) & (radius < problem.ball.eps) & (slope < 0)
    moved = (margin - margin.detach()) / torch.where(inside, -slope, 1)
    return radius + torch.where(inside, moved, 0)
