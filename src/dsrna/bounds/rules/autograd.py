"""Transposes of linear operations, taken from autograd: right by construction."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks


def folded_transpose(
    function: Callable[[Tensor], Tensor], adjoint: Float[Tensor, "rows batch *result"], shape: torch.Size
) -> Float[Tensor, "rows batch *operand"]:
    """Pull ``adjoint`` back through an operation that treats each image of a batch alike: a row is a larger batch."""
    differentiable = torch.is_grad_enabled()
    images = adjoint.new_zeros(1, *shape[-3:]).expand(adjoint.flatten(0, -4).shape[0], *shape[-3:]).requires_grad_()
    with torch.enable_grad(), saved_tensors_hooks(_same, _same):
        result = function(images)
        (back,) = torch.autograd.grad(result, images, adjoint.flatten(0, -4), create_graph=differentiable)
    return back.reshape(len(adjoint), *shape)


def copies_transpose(
    function: Callable[[Tensor], Tensor],
    adjoint: Float[Tensor, "rows batch *result"],
    operand: Float[Tensor, "batch *operand"],
) -> list[Tensor]:
    """Pull ``adjoint`` back through any operation that keeps examples apart, to first order: a copy for each row."""
    differentiable = torch.is_grad_enabled()
    with torch.enable_grad():
        copies = operand.expand(len(adjoint), *operand.shape).flatten(0, 1)
        copies = copies if copies.requires_grad else copies.requires_grad_()
        result = function(copies.clone())  # it may write in place
        (back,) = torch.autograd.grad(result, copies, adjoint.flatten(0, 1), create_graph=differentiable)
    return [back.reshape(len(adjoint), *operand.shape)]


def rows_transpose(
    function: Callable[..., Tensor], adjoint: Float[Tensor, "rows *result"], shapes: list[torch.Size]
) -> list[Tensor]:
    """Pull every row of ``adjoint`` back through an operation that is affine in operands of ``shapes`` together."""
    differentiable = torch.is_grad_enabled()
    operands = [adjoint.new_zeros(shape, requires_grad=True) for shape in shapes]
    with torch.enable_grad(), saved_tensors_hooks(_same, _same):
        result = function(*operands)
        back = torch.autograd.grad(
            result, operands, adjoint, create_graph=differentiable, is_grads_batched=True, materialize_grads=True
        )
    return list(back)


def _same(tensor: Tensor) -> Tensor:
    """What is saved for a pass inside another one is no business of the outer one's checkpoints."""
    return tensor
