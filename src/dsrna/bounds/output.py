"""Bounds on the outputs themselves."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.bounds.ball import Ball
from dsrna.bounds.checks import checked_eps, checked_images, checked_logits, checked_memory
from dsrna.bounds.methods import METHODS
from dsrna.bounds.passes.batchwise import one_by_one
from dsrna.bounds.problem import MEMORY, Problem
from dsrna.bounds.specification import specified
from dsrna.bounds.tracing.trace import trace


@one_by_one
def output_bounds(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    eps: float | Float[Tensor, "batch"],
    *,
    norm: float = math.inf,
    method: str = "crown",
    memory: int = MEMORY,
) -> tuple[Float[Tensor, "batch classes"], Float[Tensor, "batch classes"]]:
    """Return lower and upper bounds of the outputs, for every input in [0, 1] within ``eps`` of ``x``.

    ``x`` holds images in [0, 1], ``eps`` is in pixel units, one for all or one an example, and ``method`` a name in
    ``METHODS``. The model is bounded in evaluation mode and handed back as it came; the bounds are differentiable in
    its weights, in ``x`` and in ``eps``, but for ``alpha-crown``. ``memory``: MiB that a backward pass may take; what
    does not fit is done in parts. ``UserError`` for what is out of range, an unknown method, an operation without a
    rule, and memory too small for a single part.
    """
    bound = METHODS[method]
    ball = Ball(checked_images(model, x), checked_eps(eps, x, norm), norm)
    tape = trace(model, x)
    identity = torch.eye(checked_logits(tape, x), dtype=x.dtype, device=x.device)
    both = specified(tape, torch.cat([identity, -identity])[None])
    lower, negated_upper = bound(Problem(both, ball, memory=checked_memory(memory))).chunk(2, dim=1)
    return lower, -negated_upper
