"""Positions on a line, as near as they can be to where they are wanted, and never too near each other."""

from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean


def spread(wanted: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Return the positions nearest to ``wanted`` (least squares) with ``p[i + 1] - p[i] >= gaps[i]``.

    Less the sum of the gaps before it, each position must not be smaller than the one before: isotonic regression,
    by pooling adjacent violators.
    """
    offsets = list(accumulate(gaps, initial=0.0))
    blocks: list[list[float]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        blocks.append([value - offset])
        while len(blocks) > 1 and fmean(blocks[-2]) > fmean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    levels = [fmean(block) for block in blocks for _ in block]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]
