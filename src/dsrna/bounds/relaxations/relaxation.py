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


def inner(adjoint: Float[Tensor, "rows *result"], values: Tensor) -> Float[Tensor, "rows n"]:
    """Return ``adjoint @ values`` for each entry of dimension 0, without a temporary of the adjoint's size.

    ``values`` broadcast to ``result``; the adjoint is summed first over what they do not vary with.
    """
    if adjoint.dim() == 2:
        return adjoint * values
    sizes = [1] * (adjoint.dim() - 1 - values.dim()) + list(values.shape)
    if sizes[0] == 1:
        same = [dim for dim, size in enumerate(sizes) if dim > 0 and size == 1]
        summed = adjoint.sum([dim + 1 for dim in same]) if same else adjoint
        return summed.reshape(*adjoint.shape[:2], -1) @ values.reshape(-1)
    left, right = adjoint.flatten(2).transpose(0, 1), values.expand(adjoint.shape[1:]).flatten(1)
    return torch.bmm(left, right[..., None])[..., 0].T
