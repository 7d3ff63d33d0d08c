"""The most probable architecture whose counts lie in bands: exact, for counts take few different values."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations
from operator import itemgetter

import numpy as np
from jaxtyping import Int64
from torch import Tensor

from dsrna.spaces.selection import SMALLEST, Choice, Rule, Strengths

Band = tuple[int, int]
"""The least and the most."""

Bounded = tuple[int, Mapping[str, Int64[Tensor, "edges operations"]], Band]
"""A count's base, its tables, and the band that it must lie in."""

Entry = tuple[str, int, int]
"""A kept edge: its cell, its row, its column."""

Closed = Collection[tuple[int, int]]
"""Rows and columns that may not be kept."""

Best = dict[tuple[int, ...], tuple[float, tuple[Entry, ...]]]
"""The counts that can be reached, with the largest logarithmic strength that reaches them, and how."""


def strongest_within(strengths: Mapping[str, Strengths], rule: Rule, bounded: Sequence[Bounded]) -> Choice | None:
    """Maximise the product of the strengths of all kept edges with every count in its band; None: out of reach.

    Where the rule names paths, each is opened in turn, and the best of what is found has an open one.
    """
    closed = [{(row, rule.operations.index("none")) for row in path} for path in rule.paths]
    found = [_strongest(strengths, rule, bounded, each) for each in closed or [set[tuple[int, int]]()]]
    best = max((each for each in found if each is not None), key=itemgetter(0), default=None)
    if best is None:
        return None
    return {cell: tuple(sorted((e, o) for name, e, o in best[1] if name == cell)) for cell in rule.cells}


def _strongest(
    strengths: Mapping[str, Strengths], rule: Rule, bounded: Sequence[Bounded], closed: Closed
) -> tuple[float, tuple[Entry, ...]] | None:
    zero: Best = {(0,) * len(bounded): (0.0, ())}
    cells = [reduce(_joined, _groups(cell, strengths[cell], rule, bounded, closed), zero) for cell in rule.cells]
    return _paired(reduce(_joined, cells[:-1], zero), cells[-1], bounded)


def _groups(cell: str, strengths: Strengths, rule: Rule, bounded: Sequence[Bounded], closed: Closed) -> Iterator[Best]:
    table: list[list[float]] = strengths.detach().double().clamp_min(SMALLEST).log().tolist()
    counts: list[list[list[int]]] = [tables[cell].tolist() for _, tables, _ in bounded]
    start = 0
    for size in rule.groups:
        edges = []
        for row in range(start, start + size):
            best: Best = {}
            for column in (each for each in rule.candidates if (row, each) not in closed):
                _offer(best, tuple(c[row][column] for c in counts), table[row][column], ((cell, row, column),))
            edges.append(best)
        group: Best = {}
        for kept in combinations(edges, min(rule.kept, size)):
            for count, (score, entries) in reduce(_joined, kept).items():
                _offer(group, count, score, entries)
        yield group
        start += size


def _joined(left: Best, right: Best) -> Best:
    found: Best = {}
    for count, (score, entries) in left.items():
        for more, (added, others) in right.items():
            total = tuple(a + b for a, b in zip(count, more, strict=True))
            _offer(found, total, score + added, entries + others)
    return found


def _offer(best: Best, count: tuple[int, ...], score: float, entries: tuple[Entry, ...]) -> None:
    if count not in best or score > best[count][0]:
        best[count] = (score, entries)


def _paired(left: Best, right: Best, bounded: Sequence[Bounded]) -> tuple[float, tuple[Entry, ...]] | None:
    """Take one entry of each: the best whose sum lies in the bands."""
    few, many = sorted((left, right), key=len)
    counts, scores = np.array(list(many), dtype=np.int64), np.array([score for score, _ in many.values()])
    rows = list(many.values())
    best: tuple[float, tuple[Entry, ...]] | None = None
    for count, (score, entries) in few.items():
        inside = np.ones(len(rows), dtype=bool)
        for index, (base, _, (least, most)) in enumerate(bounded):
            total = base + count[index] + counts[:, index]
            inside &= (least <= total) & (total <= most)
        place = int(np.where(inside, scores, -math.inf).argmax())
        if inside[place] and (best is None or score + scores[place] > best[0]):
            best = (score + float(scores[place]), entries + rows[place][1])
    return best
