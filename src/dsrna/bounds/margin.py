"""Bounds on margins: by how much the label's logit stays above another's."""

import math
from collections.abc import Mapping
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.bounds.ball import Ball
from dsrna.bounds.checks import checked_eps, checked_images, checked_labels, checked_logits, checked_memory
from dsrna.bounds.methods import METHODS
from dsrna.bounds.passes.batchwise import one_by_one
from dsrna.bounds.passes.values import output_of
from dsrna.bounds.problem import MEMORY, Problem
from dsrna.bounds.specification import specified
from dsrna.bounds.tracing.tape import Tape
from dsrna.bounds.tracing.trace import trace
from dsrna.errors import UserError

Targets = Literal["all", "runner-up"] | Int[Tensor, "batch"]
"""Which other classes to compare with: all in rising order, the one with the largest clean logit, or one an example."""


@one_by_one
def margin_bound(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    eps: float | Float[Tensor, "batch"],
    *,
    norm: float = math.inf,
    method: str = "crown",
    targets: Targets = "all",
    tensors: Mapping[str, Tensor] | None = None,
    memory: int = MEMORY,
) -> Float[Tensor, "batch targets"]:
    """Return lower bounds of ``f_y - f_t`` for every input in [0, 1] within ``eps`` of ``x``.

    One column a target: classes - 1 for ``"all"``, else 1. ``tensors`` take the places of parameters and buffers, by
    name. Positive against all targets means that no input in the ball
    is taken for another class. Units, differentiability, memory and errors are those of ``output_bounds``.
    """
    bound = METHODS[method]
    ball = Ball(checked_images(model, x), checked_eps(eps, x, norm), norm)
    return bound(Problem(margin_tape(model, x, y, targets, tensors), ball, memory=checked_memory(memory)))


def margin_tape(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    targets: Targets,
    tensors: Mapping[str, Tensor] | None = None,
) -> Tape:
    """Trace the model, with ``tensors`` as its parameters and buffers if given, up to its margins."""
    tape = trace(model, x, tensors)
    classes = checked_logits(tape, x)
    label = checked_labels("y", y, len(x), classes)[:, None]
    if classes < 2:
        raise UserError("a margin needs at least 2 classes; the model returns 1 logit")
    other = runner_up(tape, x, label) if isinstance(targets, str) and targets == "runner-up" else None
    other = target_classes(label, targets, classes) if other is None else other
    return specified(tape, (F.one_hot(label, classes) - F.one_hot(other, classes)).to(x.dtype))


def target_classes(label: Int[Tensor, "batch 1"], targets: Targets, classes: int) -> Int[Tensor, "batch targets"]:
    if isinstance(targets, Tensor):
        return chosen_targets(label, targets, classes)
    if targets == "all":
        others = torch.arange(classes - 1, device=label.device)
        return others + (others >= label)
    raise UserError(f"targets must be 'all', 'runner-up' or a tensor of classes, not {targets!r}")


@torch.no_grad()
def runner_up(tape: Tape, x: Tensor, label: Int[Tensor, "batch 1"]) -> Int[Tensor, "batch 1"]:
    """The class, but for the label, with the largest clean logit."""
    return output_of(tape, x).scatter(1, label, -math.inf).argmax(dim=1, keepdim=True)


def chosen_targets(label: Tensor, targets: Tensor, classes: int) -> Int[Tensor, "batch 1"]:
    other = checked_labels("targets", targets, len(label), classes)[:, None]
    if (other == label).any():
        raise UserError(f"targets[{int((other == label).nonzero()[0, 0])}] is the label itself; name another class")
    return other
