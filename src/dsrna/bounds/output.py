"""Bounds on the outputs themselves."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.bounds.ball import Ball
from dsrna.bounds.checks import checked_eps, checked_images, checked_logits
from dsrna.bounds.methods import METHODS
from dsrna.bounds.trace import trace


def output_bounds(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    eps: float | Float[Tensor, "batch"],
    *,
    norm: float = math.inf,
    method: str = "interval",
) -> tuple[Float[Tensor, "batch classes"], Float[Tensor, "batch classes"]]:
    """Return lower and upper bounds of the outputs, for every input in [0, 1] within ``eps`` of ``x``.

    ``x`` holds images in [0, 1], ``eps`` is in pixel units, one for all or one an example. The model is bounded in
    evaluation mode and handed back as it came; the bounds are differentiable in its weights, in ``x`` and in ``eps``.
    For L1 and L2 the interval method bounds the box around the ball: sound, but loose. ``UserError`` for what is out of
    range, an unknown method, and an operation without a rule.
    """
    bound = METHODS[method]
    ball = Ball(checked_images(model, x), checked_eps(eps, x, norm), norm)
    tape = trace(model, x)
    classes = checked_logits(tape, x).shape[1]
    identity = torch.eye(classes, dtype=x.dtype, device=x.device)
    lower, negated_upper = bound(tape, ball, torch.cat([identity, -identity])[None]).chunk(2, dim=1)
    return lower, -negated_upper
