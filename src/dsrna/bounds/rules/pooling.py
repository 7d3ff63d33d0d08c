"""Pooling: averages are linear with no negative coefficient, a maximum is monotone in every element."""

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.families import commuting, monotone
from dsrna.bounds.rules.table import UnsupportedError, rule

Size = int | Sequence[int]

rule(F.adaptive_avg_pool2d)(commuting(F.adaptive_avg_pool2d))

for maximum in (F.max_pool2d, torch.max_pool2d, F.adaptive_max_pool2d):
    rule(maximum)(monotone(maximum))


@rule(F.avg_pool2d)
def average_pool(  # noqa: PLR0917 - torch's own signature
    x: Interval,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Interval:
    if divisor_override is not None and divisor_override < 0:
        raise UnsupportedError(f"has a negative coefficient: divisor_override is {divisor_override}")
    average = commuting(F.avg_pool2d)
    return average(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
