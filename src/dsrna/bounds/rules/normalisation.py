"""Batch norm in evaluation mode: an affine map of each channel."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.table import Rule, UnsupportedError, rule, same_shape


def norm_arguments(  # noqa: PLR0917 - torch's own signature
    input: Any,  # noqa: A002 - torch's own name
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Any, ...]:
    """Put a call's arguments, in whatever way they were given, into torch's own order."""
    return input, running_mean, running_var, weight, bias, training, momentum, eps


def scale_and_shift(  # noqa: PLR0917 - torch's own signature
    mean: Tensor | None,
    variance: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,  # noqa: ARG001 - torch's own signature
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor]:
    """Return ``s`` and ``t``, one a channel, with ``batch_norm(x) = s x + t``."""
    if training or mean is None or variance is None:
        raise UnsupportedError(
            "uses the statistics of the batch, which depend on the input; give it running statistics"
        )
    scale = (variance + eps).rsqrt() if weight is None else weight * (variance + eps).rsqrt()
    return scale, -mean * scale if bias is None else bias - mean * scale


def each_channel(values: Tensor, dimensions: int) -> Tensor:
    """Make one value a channel broadcast over ``(batch, channels, ...)``."""
    return values.reshape(-1, *[1] * (dimensions - 2))


@rule(F.batch_norm, affine=True, shape=same_shape, batched=2)
def batch_norm(x: Interval, *args: Any, **options: Any) -> Interval:
    both = scale_and_shift(*norm_arguments(x, *args, **options)[1:])
    scale, shift = (each_channel(values, x.centre.dim()) for values in both)
    return Interval(x.centre * scale + shift, x.radius * scale.abs())


def scaled_and_shifted(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """A batch norm whose factors are known; both broadcast over ``x``."""
    return torch.addcmul(shift, x, scale)


def scaled_and_shifted_interval(x: Interval, scale: Tensor, shift: Tensor) -> Interval:
    return Interval(torch.addcmul(shift, x.centre, scale), x.radius * scale.abs())


def scaled_and_shifted_back(adjoint: Tensor, x: torch.Size, scale: Tensor, shift: Tensor) -> list[Tensor]:  # noqa: ARG001
    return [adjoint * scale]


def scaled_and_shifted_offset(x: torch.Size, scale: Tensor, shift: Tensor) -> Tensor:  # noqa: ARG001
    return shift


CHANNELWISE = Rule(
    interval=scaled_and_shifted_interval,
    affine=True,
    transpose=scaled_and_shifted_back,
    offset=scaled_and_shifted_offset,
    batched=2,
)
