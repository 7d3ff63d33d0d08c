"""Batch norm in evaluation mode: an affine map of each channel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.table import UnsupportedError, rule


@rule(F.batch_norm)
def batch_norm(  # noqa: PLR0917 - torch's own signature
    x: Interval,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,  # noqa: ARG001 - torch's own signature
    eps: float = 1e-5,
) -> Interval:
    if training or running_mean is None or running_var is None:
        raise UnsupportedError(
            "uses the statistics of the batch, which depend on the input; give it running statistics"
        )
    scale = None if weight is None else weight.abs()
    centre = F.batch_norm(x.centre, running_mean, running_var, weight, bias, eps=eps)
    radius = F.batch_norm(x.radius, torch.zeros_like(running_mean), running_var, scale, eps=eps)
    return Interval(centre, radius)
