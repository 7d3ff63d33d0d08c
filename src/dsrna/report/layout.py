"""Where the parts of a cell's picture go: a layered layout in which nothing overlaps, for any genotype.

The picture runs from left to right in ranks. Tensors stand on even ranks, by depth; each operation stands on the odd
rank before the node it feeds. A tensor that is needed further on, or goes to the output, runs on as one wire and is
tapped where it is used. One vertical order of the tensors orders every rank; the one with the fewest crossings wins.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, islice, pairwise, permutations
from statistics import fmean
from typing import Final, Literal

from dsrna.report.spread import spread
from dsrna.spaces.graph import CellGraph, Edge

Role = Literal["input", "node", "operation", "wire", "output"]

HEIGHT: Final[Mapping[Role, float]] = {"input": 36.0, "node": 36.0, "operation": 28.0, "wire": 8.0, "output": 52.0}
CLEARANCE: Final = 14.0
SWEEPS: Final = 300
STRAIGHT: Final = 4
"""How much more a link within a wire, or from an operation to its node, pulls: these should run level."""
ORDERS: Final = 2520
"""How many orders are tried: all of them up to five inner nodes."""


@dataclass(frozen=True)
class Spot:
    """One thing on one rank: a tensor, the wire it runs on as, an operation (with the tensor it feeds), the output."""

    rank: int
    role: Role
    tensor: int
    edge: Edge | None = None


Link = tuple[Spot, Spot]
Ranks = tuple[tuple[Spot, ...], ...]


@dataclass(frozen=True)
class Layout:
    """The spots of every rank, from top to bottom; the links between neighbouring ranks; the heights, from 0 down."""

    ranks: Ranks
    links: tuple[Link, ...]
    y: Mapping[Spot, float]


def lay_out(cell: CellGraph) -> Layout:
    links = tuple(sorted(_links(cell), key=lambda link: link[0].rank))
    linked = dict.fromkeys(spot for link in links for spot in link)
    inputs = dict.fromkeys(_way(cell, tensor, 0) for tensor in range(cell.inputs))
    ranks = min(_orders(cell, [*(inputs | linked)]), key=lambda order: _cost(order, links))
    return Layout(ranks, links, _heights(ranks, links))


def _links(cell: CellGraph) -> Iterator[Link]:
    last = 2 * max(cell.depth.values())
    output = Spot(last + 1, "output", -1)
    for tensor in cell.tensors:
        taps = [(edge, _operation(cell, edge)) for edge in cell.edges if edge.source == tensor]
        ends = [operation.rank - 1 for _, operation in taps] + [last] * (tensor in cell.concat)
        yield from pairwise(
            _way(cell, tensor, rank) for rank in range(2 * cell.depth[tensor], max(ends, default=0) + 1)
        )
        for edge, operation in taps:
            yield _way(cell, tensor, operation.rank - 1), operation
            yield operation, _way(cell, edge.target, operation.rank + 1)
        if tensor in cell.concat:
            yield _way(cell, tensor, last), output


def _way(cell: CellGraph, tensor: int, rank: int) -> Spot:
    """The tensor itself on its own rank, its wire on a later one."""
    start: Role = "input" if tensor < cell.inputs else "node"
    return Spot(rank, start if rank == 2 * cell.depth[tensor] else "wire", tensor)


def _operation(cell: CellGraph, edge: Edge) -> Spot:
    return Spot(2 * cell.depth[edge.target] - 1, "operation", edge.target, edge)


def _orders(cell: CellGraph, spots: Sequence[Spot]) -> Iterator[Ranks]:
    """Every vertical order of the tensors that keeps the inputs in theirs, laid on the ranks."""
    ranks = range(max(spot.rank for spot in spots) + 1)
    upright = (order for order in permutations(cell.tensors) if _upright(order, cell.inputs))
    for order in islice(upright, ORDERS):
        place = {tensor: place for place, tensor in enumerate(order)} | {-1: 0}
        ordered = sorted(spots, key=lambda spot: _key(spot, place))
        yield tuple(tuple(spot for spot in ordered if spot.rank == rank) for rank in ranks)


def _upright(order: Sequence[int], inputs: int) -> bool:
    places = [order.index(tensor) for tensor in range(inputs)]
    return places == sorted(places)


def _key(spot: Spot, place: Mapping[int, int]) -> tuple[int, int, int]:
    edge = spot.edge
    return place[spot.tensor], place[edge.source] if edge else 0, edge.index if edge else 0


def _cost(ranks: Ranks, links: Sequence[Link]) -> tuple[int, float]:
    """The number of crossings, then how far the links climb and fall."""
    middle = {spot: index - (len(rank) - 1) / 2 for rank in ranks for index, spot in enumerate(rank)}
    crossings, climbed = 0, 0.0
    for _, gap in groupby(links, key=lambda link: link[0].rank):
        drops = [(middle[start], middle[end]) for start, end in gap]
        crossings += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(drops, 2))
        climbed += sum(abs(start - end) for start, end in drops)
    return crossings, climbed


def _heights(ranks: Ranks, links: Sequence[Link]) -> dict[Spot, float]:
    """Draw every spot to the mean height of its neighbours, rank by rank, there and back, keeping the clearance."""
    near = _neighbours(links)
    y = {spot: float(index) for rank in ranks for index, spot in enumerate(rank)}
    for sweep in range(SWEEPS):
        for rank in ranks if sweep % 2 else reversed(ranks):
            wanted = [fmean(y[other] for other in near.get(spot, [spot])) for spot in rank]
            y |= dict(zip(rank, spread(wanted, _gaps(rank)), strict=True))
    y |= _straight(ranks, y)
    top = min(height - HEIGHT[spot.role] / 2 for spot, height in y.items())
    return {spot: height - top for spot, height in y.items()}


def _straight(ranks: Ranks, y: Mapping[Spot, float]) -> dict[Spot, float]:
    """Lay each wire on one level for as long as the spots above and below let it."""
    room = {spot: _room(rank, place, y) for rank in ranks for place, spot in enumerate(rank) if spot.role == "wire"}
    levels: dict[Spot, float] = {}
    for _, way in groupby(sorted(room, key=lambda spot: (spot.tensor, spot.rank)), key=lambda spot: spot.tensor):
        for run in _runs(list(way), room):
            low, high = max(room[spot][0] for spot in run), min(room[spot][1] for spot in run)
            levels |= dict.fromkeys(run, min(max(fmean(y[spot] for spot in run), low), high))
    return levels


def _runs(way: Sequence[Spot], room: Mapping[Spot, tuple[float, float]]) -> Iterator[list[Spot]]:
    """Cut a wire where no one level fits what comes before and what comes after."""
    run: list[Spot] = []
    for spot in way:
        if run and max(room[each][0] for each in [*run, spot]) > min(room[each][1] for each in [*run, spot]):
            yield run
            run = []
        run.append(spot)
    yield run


def _room(rank: Sequence[Spot], place: int, y: Mapping[Spot, float]) -> tuple[float, float]:
    """How high and how low a spot may be while its neighbours stay."""
    gaps = [0.0, *_gaps(rank), 0.0]
    heights = [-math.inf, *(y[spot] for spot in rank), math.inf]
    return heights[place] + gaps[place], heights[place + 2] - gaps[place + 1]


def _neighbours(links: Sequence[Link]) -> dict[Spot, list[Spot]]:
    """The neighbours of each spot, as often as they pull."""
    near: dict[Spot, list[Spot]] = {}
    for start, end in links:
        pull = STRAIGHT if start.role == "operation" or start.role == end.role == "wire" else 1
        near.setdefault(start, []).extend([end] * pull)
        near.setdefault(end, []).extend([start] * pull)
    return near


def _gaps(rank: Sequence[Spot]) -> list[float]:
    return [(HEIGHT[above.role] + HEIGHT[below.role]) / 2 + CLEARANCE for above, below in pairwise(rank)]
