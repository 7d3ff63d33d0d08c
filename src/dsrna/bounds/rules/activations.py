"""Elementwise functions."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.families import monotone
from dsrna.bounds.rules.table import UnsupportedError, rule

GELU_MINIMUM: Final = {"none": -0.7517915246935645, "tanh": -0.7524614220710163}
"""Where GELU stops falling and begins to rise: the root of its derivative."""

rule(F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_)(monotone(F.relu))
rule(torch.sigmoid, torch.sigmoid_, Tensor.sigmoid, Tensor.sigmoid_)(monotone(torch.sigmoid))
rule(torch.tanh, torch.tanh_, Tensor.tanh, Tensor.tanh_)(monotone(torch.tanh))


@rule(F.leaky_relu, F.leaky_relu_)
def leaky_relu(x: Interval, negative_slope: float = 0.01) -> Interval:
    if negative_slope < 0:
        raise UnsupportedError(
            f"is not monotone with a negative_slope of {negative_slope:g}; use one that is not negative"
        )
    return Interval.between(F.leaky_relu(x.lower, negative_slope), F.leaky_relu(x.upper, negative_slope))


@rule(F.gelu)
def gelu(x: Interval, approximate: str = "none") -> Interval:
    """GELU falls, then rises: its minimum over the interval is at the point nearest to its global minimum."""
    lower, upper = x.lower, x.upper
    lowest = torch.full_like(lower, GELU_MINIMUM[approximate]).clamp(lower, upper)
    highest = torch.maximum(F.gelu(lower, approximate=approximate), F.gelu(upper, approximate=approximate))
    return Interval.between(F.gelu(lowest, approximate=approximate), highest)


@rule(F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout)
def dropout(x: Interval, p: float = 0.5, training: bool = True) -> Interval:  # noqa: ARG001 - torch's own signature
    if training:
        raise UnsupportedError("drops values at random even in evaluation mode; pass training=self.training")
    return x
