"""Positions on a line, as near as they can be to where they are wanted, and never too near each other."""

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean


def spread(
    wanted: Sequence[float], gaps: Sequence[float], within: tuple[float, float] = (-math.inf, math.inf)
) -> list[float]:
    """Return the positions nearest to ``wanted`` (least squares) with ``p[i + 1] - p[i] >= gaps[i]``.

    Less the sum of the gaps before it, each position must not be smaller than the one before: isotonic regression,
    by pooling adjacent violators. ``within``: where the first and the last may lie; too little room grows upwards.
    """
    offsets = list(accumulate(gaps, initial=0.0))
    blocks: list[list[float]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        blocks.append([value - offset])
        while len(blocks) > 1 and fmean(blocks[-2]) > fmean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    low, high = within[0], max(within[0], within[1] - offsets[-1])
    levels = [min(max(fmean(block), low), high) for block in blocks for _ in block]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]
