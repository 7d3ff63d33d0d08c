"""What a relaxation is."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@runtime_checkable
class Relaxation(Protocol):
    """Linear bounds of an operation, valid while its operands stay in the intervals that they were made for."""

    def pull(self, adjoint: Float[Tensor, "rows *result"]) -> tuple[list[Tensor], Float[Tensor, "rows n"]]:
        """Return adjoints of the operands, and a constant, that together bound ``adjoint @ result`` from below.

        The constant is one an entry of the result's dimension 0.
        """
        ...

    def loose(self) -> list[Bool[Tensor, "*operand"]]:
        """Tell, for each operand, for which elements a narrower interval would make the bounds tighter."""
        ...


def inner(adjoint: Float[Tensor, "rows *result"], values: Float[Tensor, "*result"]) -> Float[Tensor, "rows n"]:
    """Return ``adjoint @ values`` for each entry of dimension 0, without a temporary of the adjoint's size."""
    left, right = adjoint.flatten(2), values.flatten(1)
    if adjoint.dim() == 2:
        return adjoint * values
    return torch.einsum("rbn,bn->rb", left, right)
