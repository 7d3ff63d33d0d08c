"""A model around its images, to first order: the logits, and gradients of linear functionals of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.bounds import linearised
from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating


@runtime_checkable
class Around(Protocol):
    """The model in evaluation mode, where no example influences another."""

    @property
    def outputs(self) -> Float[Tensor, "batch classes"]:
        """The logits."""
        ...

    @property
    def classes(self) -> int:
        """The number of logits."""
        ...

    def gradients(self, rows: Float[Tensor, "rows batch classes"]) -> Float[Tensor, "rows batch *shape"]:
        """Return, for each example, the gradients of ``rows @ f`` in its image; differentiable once more."""
        ...


def around(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> Around:
    """Return the model around ``x``: by way of its tape, or through torch where it cannot be traced."""
    try:
        return linearised(model, x)
    except UserError:
        return Copies(model, x)


@dataclass(frozen=True)
class Copies:
    """Gradients by torch, of any model: a copy of the batch for each row, one backward pass over all."""

    model: nn.Module
    x: Float[Tensor, "batch *shape"]

    @cached_property
    def outputs(self) -> Float[Tensor, "batch classes"]:
        with evaluating(self.model):
            logits: Tensor = self.model(self.x)
        return logits

    @property
    def classes(self) -> int:
        return self.outputs.shape[1]

    def gradients(self, rows: Float[Tensor, "rows batch classes"]) -> Float[Tensor, "rows batch *shape"]:
        differentiable = torch.is_grad_enabled()
        with evaluating(self.model), torch.enable_grad():
            copies = self.x.detach().repeat(len(rows), *[1] * (self.x.dim() - 1)).requires_grad_()
            functionals = (rows.flatten(0, 1) * self.model(copies)).sum()
            (gradient,) = torch.autograd.grad(functionals, copies, create_graph=differentiable)
        return gradient.reshape(len(rows), *self.x.shape)
