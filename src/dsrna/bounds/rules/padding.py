"""Padding: a constant border is known exactly, any other is made of the tensor's own elements."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.autograd import rows_transpose
from dsrna.bounds.rules.table import rule


def pad_back(
    adjoint: Tensor,
    x: torch.Size,
    pad: Sequence[int],
    mode: str = "constant",
    value: float | None = None,  # noqa: ARG001 - a transpose takes all arguments
) -> list[Tensor]:
    """Take a constant border off; any other is left to autograd."""
    if mode != "constant":
        return rows_transpose(lambda operand: F.pad(operand, pad, mode), adjoint, [x])
    return [F.pad(adjoint, [-width for width in pad])]


@rule(F.pad, affine=True, transpose=pad_back)
def pad(x: Interval, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Interval:
    radius = F.pad(x.radius, pad, mode, 0 if mode == "constant" else None)
    return Interval(F.pad(x.centre, pad, mode, value), radius)
