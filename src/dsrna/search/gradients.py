"""Gradients in the architecture parameters, and the look-ahead of second order."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from dsrna.runtime.modes import fixed
from dsrna.runtime.processes import ALONE, Processes

Objective = Callable[[], Tensor]
Gradients = Callable[[Sequence[Tensor]], list[Tensor]]
"""The gradients of an objective in the architecture parameters, then in the weights that it is given."""

STEP = 2e-2
"""Length of the finite difference along the weights' gradient: from end to end that of Liu et al. 2019 (Eq. 8)."""


@dataclass(frozen=True)
class LowerStep:
    """The one step of the lower level that the second order looks ahead: SGD with momentum and weight decay."""

    learning_rate: float
    momentum: float
    weight_decay: float
    buffers: Sequence[Tensor | None]


def gradient(
    value: Tensor, parameters: Sequence[Tensor], processes: Processes = ALONE, *, keep: bool = False
) -> list[Tensor]:
    """Differentiate the mean over the processes, zeros where a parameter plays no part.

    ``keep`` the graph for another pass.
    """
    found = torch.autograd.grad(value, parameters, materialize_grads=True, retain_graph=keep)
    return processes.mean([part.detach() for part in found])  # older torch: zeros ask for a gradient


def second_order(
    upper: Gradients,
    lower: Objective,
    architecture: Sequence[Tensor],
    weights: Sequence[Tensor],
    step: LowerStep,
    *,
    processes: Processes = ALONE,
) -> list[Tensor]:
    """Differentiate the upper objective U at ``w' = w - xi dL_train/dw``, through the dependence of w' on alpha.

    ``grad_alpha U(w') - xi * d2 L_train / (dalpha dw) * grad_w' U(w')`` (Liu et al. 2019, Eq. 7), the product by a
    difference of ``grad_alpha L_train`` along ``grad_w' U``, from w on: the pass that looks ahead gives the near end.
    ``upper`` returns the gradients of U in the architecture parameters and in the weights it is given, ``lower`` this
    process's training loss, both at the weights as they are at that moment; the weights come back bit for bit.
    """
    count = len(architecture)
    here = gradient(lower(), [*architecture, *weights], processes)
    with _put_back(weights) as before:
        _assign(weights, _look_ahead(here[count:], before, step))
        gradients = upper(weights)
        direct, direction = gradients[:count], gradients[count:]
        length = STEP / torch.stack(torch._foreach_norm(direction)).norm().clamp_min(1e-12).item()  # noqa: SLF001
        _assign(weights, torch._foreach_add(before, direction, alpha=length))  # noqa: SLF001
        with fixed(weights):
            there = gradient(lower(), architecture, processes)
    return [
        now - step.learning_rate * (far - near) / length
        for now, far, near in zip(direct, there, here[:count], strict=True)
    ]


def _look_ahead(gradients: list[Tensor], weights: list[Tensor], step: LowerStep) -> Sequence[Tensor]:
    """Return the weights after the step; all tensors of a supernet by one call, for there are many small ones."""
    buffers = [
        torch.zeros_like(weight) if buffer is None else buffer
        for weight, buffer in zip(weights, step.buffers, strict=True)
    ]
    updates = torch._foreach_add(gradients, weights, alpha=step.weight_decay)  # noqa: SLF001
    torch._foreach_add_(updates, buffers, alpha=step.momentum)
    return torch._foreach_add(weights, updates, alpha=-step.learning_rate)  # noqa: SLF001


@contextmanager
def _put_back(weights: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Yield a copy of the weights, and put it back afterwards, bit for bit."""
    before = [weight.detach().clone() for weight in weights]
    try:
        yield before
    finally:
        _assign(weights, before)


@torch.no_grad()
def _assign(weights: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    torch._foreach_copy_(list(weights), list(values))
