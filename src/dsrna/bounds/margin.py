"""Bounds on margins: by how much the label's logit stays above another's."""

import math
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.bounds.ball import Ball
from dsrna.bounds.checks import checked_eps, checked_images, checked_labels, checked_logits
from dsrna.bounds.methods import METHODS
from dsrna.bounds.trace import trace
from dsrna.errors import UserError

Targets = Literal["all", "runner-up"] | Int[Tensor, "batch"]
"""Which other classes to compare with: all in rising order, the one with the largest clean logit, or one an example."""


def margin_bound(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    eps: float | Float[Tensor, "batch"],
    *,
    norm: float = math.inf,
    method: str = "interval",
    targets: Targets = "all",
) -> Float[Tensor, "batch targets"]:
    """Return lower bounds of ``f_y - f_t`` for every input in [0, 1] within ``eps`` of ``x``.

    One column a target: classes - 1 for ``"all"``, else 1. Positive against all targets means that no input in the ball
    is taken for another class. Units, differentiability and errors are those of ``output_bounds``.
    """
    bound = METHODS[method]
    ball = Ball(checked_images(model, x), checked_eps(eps, x, norm), norm)
    tape = trace(model, x)
    return bound(tape, ball, margin_rows(checked_logits(tape, x), y, targets))


def margin_rows(
    logits: Float[Tensor, "batch classes"], y: Int[Tensor, "batch"], targets: Targets
) -> Float[Tensor, "batch targets classes"]:
    """The rows ``e_y - e_t``."""
    label = checked_labels("y", y, logits)[:, None]
    other = target_classes(logits, label, targets)
    return (F.one_hot(label, logits.shape[1]) - F.one_hot(other, logits.shape[1])).to(logits.dtype)


def target_classes(logits: Tensor, label: Int[Tensor, "batch 1"], targets: Targets) -> Int[Tensor, "batch targets"]:
    if logits.shape[1] < 2:
        raise UserError("a margin needs at least 2 classes; the model returns 1 logit")
    if isinstance(targets, Tensor):
        return chosen_targets(logits, label, targets)
    if targets == "all":
        others = torch.arange(logits.shape[1] - 1, device=logits.device)
        return others + (others >= label)
    if targets == "runner-up":
        return logits.scatter(1, label, -math.inf).argmax(dim=1, keepdim=True)
    raise UserError(f"targets must be 'all', 'runner-up' or a tensor of classes, not {targets!r}")


def chosen_targets(logits: Tensor, label: Tensor, targets: Tensor) -> Int[Tensor, "batch 1"]:
    other = checked_labels("targets", targets, logits)[:, None]
    if (other == label).any():
        raise UserError(f"targets[{int((other == label).nonzero()[0, 0])}] is the label itself; name another class")
    return other
