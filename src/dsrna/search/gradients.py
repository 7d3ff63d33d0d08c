"""Gradients in the architecture parameters, and the look-ahead of second order."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

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
    return processes.mean(torch.autograd.grad(value, parameters, materialize_grads=True, retain_graph=keep))


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
    with _weights_at(weights, _look_ahead(here[count:], weights, step)):
        gradients = upper(weights)
    direct, direction = gradients[:count], gradients[count:]
    length = STEP / torch.linalg.vector_norm(torch.cat([part.flatten() for part in direction])).clamp_min(1e-12).item()
    with _weights_at(weights, _moved(weights, direction, length)):
        there = gradient(lower(), architecture, processes)
    return [
        now - step.learning_rate * (far - near) / length
        for now, far, near in zip(direct, there, here[:count], strict=True)
    ]


def _look_ahead(gradients: Sequence[Tensor], weights: Sequence[Tensor], step: LowerStep) -> list[Tensor]:
    def moved(weight: Tensor, gradient: Tensor, buffer: Tensor | None) -> Tensor:
        update = gradient + step.weight_decay * weight.detach()
        update = update if buffer is None else step.momentum * buffer + update
        return weight.detach() - step.learning_rate * update

    return [moved(*parts) for parts in zip(weights, gradients, step.buffers, strict=True)]


def _moved(weights: Sequence[Tensor], direction: Sequence[Tensor], length: float) -> list[Tensor]:
    return [weight.detach() + length * part for weight, part in zip(weights, direction, strict=True)]


@contextmanager
def _weights_at(weights: Sequence[Tensor], values: Sequence[Tensor]) -> Iterator[None]:
    """Put other values into the weights, and the old ones back, bit for bit."""
    before = [weight.detach().clone() for weight in weights]
    _assign(weights, values)
    try:
        yield
    finally:
        _assign(weights, before)


@torch.no_grad()
def _assign(weights: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    for weight, value in zip(weights, values, strict=True):
        weight.copy_(value)
