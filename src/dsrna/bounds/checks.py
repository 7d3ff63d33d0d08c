"""What a caller can get wrong, said in one line each."""

import torch
from jaxtyping import Int
from torch import Tensor, nn

from dsrna.bounds.tracing.tape import Tape
from dsrna.errors import UserError
from dsrna.threat import check_eps, check_norm


def checked_images(model: nn.Module, x: Tensor) -> Tensor:
    """Return ``x`` if it holds images in [0, 1] in the model's precision."""
    if x.dim() < 2 or x.numel() == 0:
        raise UserError(f"x must be a batch of at least one image, not of shape {tuple(x.shape)}")
    expected = next((p.dtype for p in model.parameters() if p.is_floating_point()), x.dtype)
    if x.dtype != expected or not x.is_floating_point():
        raise UserError(f"x is {x.dtype} and the model {expected}; convert one of them")
    low, high = x.detach().aminmax()
    if not (low >= 0 and high <= 1):  # so that NaN is out of range
        raise UserError(f"x must lie in [0, 1] (pixel units), not in [{low:g}, {high:g}]")
    return x


def checked_eps(eps: float | Tensor, x: Tensor, norm: float) -> Tensor:
    """Return one radius an example, in the precision of ``x``."""
    check_norm(norm)
    radii = torch.as_tensor(eps, dtype=x.dtype, device=x.device)
    if radii.shape not in {(), (len(x),)}:
        raise UserError(f"eps must be a number or one for each of the {len(x)} examples, not {tuple(radii.shape)}")
    for extreme in radii.detach().aminmax():
        check_eps(extreme.item(), norm)
    return radii.expand(len(x))


def checked_logits(tape: Tape, x: Tensor) -> int:
    """Return the number of classes if the output is one row of logits an example."""
    shape = tuple(tape.output.shape)
    if len(shape) != 2 or shape[0] != len(x):
        raise UserError(f"the model must return logits of shape (batch, classes), not {shape} for {len(x)} examples")
    return shape[1]


def checked_labels(name: str, y: Tensor, batch: int, classes: int) -> Int[Tensor, "batch"]:
    """Return ``y`` if it is one class an example."""
    if y.shape != (batch,) or y.is_floating_point():
        raise UserError(f"{name} must be {batch} whole numbers, not {y.dtype} of shape {tuple(y.shape)}")
    wrong = ((y < 0) | (y >= classes)).nonzero()
    if len(wrong):
        first = int(wrong[0])
        raise UserError(f"{name}[{first}] is {int(y[first])}; the model has classes 0 to {classes - 1}")
    return y.long()


def checked_memory(memory: int) -> int:
    """Return ``memory`` if it is a number of MiB."""
    if memory < 1:
        raise UserError(f"memory must be at least 1 MiB, not {memory}")
    return memory
