"""Padding: a constant border is known exactly, any other is made of the tensor's own elements."""

from collections.abc import Sequence

from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.table import rule


@rule(F.pad, affine=True)
def pad(x: Interval, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Interval:
    radius = F.pad(x.radius, pad, mode, 0 if mode == "constant" else None)
    return Interval(F.pad(x.centre, pad, mode, value), radius)
