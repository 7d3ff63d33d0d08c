"""A cell as a picture: SVG that stands alone or inside a page, in light and in dark surroundings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby
from typing import Any, Final

from dsrna.report import wording
from dsrna.report.layout import HEIGHT, Layout, Link, Role, Spot, lay_out
from dsrna.report.palette import PALETTE, family
from dsrna.report.templates import render
from dsrna.spaces import CellGraph, read_architecture
from dsrna.spaces.graph import Edge, Kind

MARGIN: Final = 18.0
BEFORE_OPERATION: Final = 44.0
BEFORE_TENSOR: Final = 30.0
LETTER: Final = 7.1
"""A letter of the label font is this wide, on the generous side."""
WIDTH: Final[Mapping[Role, float]] = {"input": 58.0, "node": 36.0, "wire": 0.0, "output": 66.0}


def draw_cell(genotype: Mapping[str, Any], cell: Kind) -> str:
    """Draw one cell of an architecture (the content of ``genotype.json``) as SVG text.

    Inputs stand left, the output right, and each operation on the line it labels. In a reduction cell the
    operations on the inputs halve the resolution; they are marked ``/2``. A malformed genotype is a ``UserError``.
    """
    return draw_graph(next(graph for graph in read_architecture(genotype).graphs() if graph.kind == cell))


def draw_graph(graph: CellGraph, prefix: str = "") -> str:
    """Draw a cell as SVG text; its ids begin with ``prefix``, one for each drawing where several share a page."""
    picture = Picture(graph, lay_out(graph))
    return render(
        "cell.svg.jinja", picture=picture, own=f"{prefix}{graph.kind}", heights=HEIGHT, palette=PALETTE, family=family
    )


@dataclass(frozen=True)
class Picture:
    """The layout of a cell in pixels, and the words in it."""

    cell: CellGraph
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
        return f"{words} /2" if self.cell.strides(edge) else words

    def name(self, spot: Spot) -> str:
        return self.cell.node(spot.tensor)

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
        sums = groupby(self.cell.edges, key=lambda edge: edge.target)
        nodes = [f"{self.tensor(target)} is {' plus '.join(map(self.term, edges))}" for target, edges in sums]
        verb = "concatenates" if self.gathers else "is"
        return f"{'; '.join(nodes)}; the output {verb} {', '.join(map(self.tensor, self.cell.concat))}."

    def term(self, edge: Edge) -> str:
        return f"{edge.operation} of {self.tensor(edge.source)}"

    @property
    def gathers(self) -> bool:
        """Whether the output is more than the one tensor."""
        return self.cell.inputs > 1 or len(self.cell.concat) > 1

    def tensor(self, index: int) -> str:
        inputs = self.cell.inputs
        return f"node {self.cell.node(index)}" if index >= inputs else f"c_{{k-{inputs - index}}}"
