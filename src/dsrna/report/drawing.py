"""A cell as a picture: SVG that stands alone or inside a page, in light and in dark surroundings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

from dsrna.report import wording
from dsrna.report.cell import Cell, Edge, Kind
from dsrna.report.layout import HEIGHT, Layout, Link, Role, Spot, lay_out
from dsrna.report.palette import PALETTE, family
from dsrna.report.templates import render
from dsrna.spaces.genotype import EDGES_PER_NODE, INPUT_NODES, Genotype

MARGIN: Final = 18.0
BEFORE_OPERATION: Final = 44.0
BEFORE_TENSOR: Final = 30.0
LETTER: Final = 7.1
"""A letter of the label font is this wide, on the generous side."""
WIDTH: Final[Mapping[Role, float]] = {"input": 58.0, "node": 36.0, "wire": 0.0, "output": 66.0}


def draw_cell(genotype: Mapping[str, Any], cell: Kind) -> str:
    """Draw one cell of a genotype (the content of ``genotype.json``) as SVG text.

    Inputs stand left, the output right, and each operation on the line it labels. In a reduction cell the
    operations on the inputs halve the resolution; they are marked ``/2``. A malformed genotype is a ``UserError``.
    """
    graph = Cell.of(Genotype.from_dict(genotype), cell)
    picture = Picture(graph, lay_out(graph))
    return render("cell.svg.jinja", picture=picture, heights=HEIGHT, palette=PALETTE, family=family)


@dataclass(frozen=True)
class Picture:
    """The layout of a cell in pixels, and the words in it."""

    cell: Cell
    layout: Layout

    @cached_property
    def widths(self) -> list[float]:
        """The width of each rank: that of its widest spot."""
        return [max(map(self.width_of, rank)) for rank in self.layout.ranks]

    @cached_property
    def lefts(self) -> list[float]:
        """Where each rank begins, and where one more would."""
        gaps = [BEFORE_TENSOR if rank % 2 else BEFORE_OPERATION for rank in range(len(self.widths))]
        return list(accumulate((width + gap for width, gap in zip(self.widths, gaps, strict=True)), initial=MARGIN))

    @property
    def width(self) -> float:
        return self.lefts[-2] + self.widths[-1] + MARGIN

    @property
    def height(self) -> float:
        return max(y + HEIGHT[spot.role] / 2 for spot, y in self.layout.y.items()) + 2 * MARGIN

    def x(self, spot: Spot) -> float:
        return self.lefts[spot.rank] + self.widths[spot.rank] / 2

    def y(self, spot: Spot) -> float:
        return self.layout.y[spot] + MARGIN

    def width_of(self, spot: Spot) -> float:
        return LETTER * len(self.label(spot.edge)) + 22 if spot.edge else WIDTH[spot.role]

    def label(self, edge: Edge) -> str:
        """The operation in words, and ``/2`` where it strides."""
        words = wording.operation(edge.operation)
        return f"{words} /2" if self.cell.kind == "reduce" and edge.from_input else words

    def name(self, spot: Spot) -> str:
        return f"{spot.tensor - INPUT_NODES}"

    def curve(self, link: Link) -> str:
        """A path that leaves level, goes on level to the end of its rank, climbs or falls, and arrives level."""
        start, end = link
        leave = self.x(start) + self.width_of(start) / 2
        turn = self.lefts[start.rank] + self.widths[start.rank]
        arrive = self.x(end) - self.width_of(end) / 2
        middle = (turn + self.lefts[end.rank]) / 2
        high, low = f"{self.y(start):.1f}", f"{self.y(end):.1f}"
        enter = self.lefts[end.rank]
        return f"M{leave:.1f} {high}H{turn:.1f}C{middle:.1f} {high} {middle:.1f} {low} {enter:.1f} {low}H{arrive:.1f}"

    @property
    def sentence(self) -> str:
        """The picture in words, for those who cannot see it."""
        terms = [f"{edge.operation} of {_tensor(edge.source)}" for edge in self.cell.edges]
        starts = range(0, len(terms), EDGES_PER_NODE)
        sums = [" plus ".join(terms[start : start + EDGES_PER_NODE]) for start in starts]
        nodes = [f"{_tensor(INPUT_NODES + index)} is {text}" for index, text in enumerate(sums)]
        return f"{'; '.join(nodes)}; the output concatenates {', '.join(map(_tensor, self.cell.concat))}."


def _tensor(index: int) -> str:
    return f"node {index - INPUT_NODES}" if index >= INPUT_NODES else ("c_{k-2}", "c_{k-1}")[index]
