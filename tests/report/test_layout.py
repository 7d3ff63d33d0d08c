"""Where the parts of a cell's picture go."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrna.report.cell import Cell, Edge
from dsrna.report.layout import HEIGHT, lay_out

patient = settings(max_examples=15, deadline=None)
OPERATIONS = ("sep_conv_3x3", "skip_connect", "none")


Plan = tuple[list[tuple[str, int]], set[int]]
"""The operations and sources of a cell, and its concatenated nodes."""


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    nodes = draw(st.integers(1, 4))
    edges = [(draw(st.sampled_from(OPERATIONS)), draw(st.integers(0, 1 + index // 2))) for index in range(2 * nodes)]
    return edges, draw(st.sets(st.integers(2, nodes + 1), min_size=1))


def build(plan: Plan) -> Cell:
    edges, concat = plan
    return Cell("normal", tuple(Edge(index, *edge) for index, edge in enumerate(edges)), tuple(sorted(concat)))


@patient
@given(plans())
def test_nothing_overlaps(plan: Plan) -> None:
    """Else some cell's picture would hide an operation behind another, or run a line through one."""
    layout = lay_out(build(plan))
    for rank in layout.ranks:
        for above, below in pairwise(rank):
            room = layout.y[below] - layout.y[above]
            assert room >= (HEIGHT[above.role] + HEIGHT[below.role]) / 2


@patient
@given(plans())
def test_links_join_neighbouring_ranks(plan: Plan) -> None:
    """Else a line would cross a rank outside the place kept free for it."""
    assert all(end.rank == start.rank + 1 for start, end in lay_out(build(plan)).links)


@patient
@given(plans())
def test_the_picture_says_what_the_genotype_says(plan: Plan) -> None:
    """Else the face of the project would show another network than the one that was found."""
    cell = build(plan)
    layout = lay_out(cell)
    tapped = {(end.edge, start.tensor) for start, end in layout.links if end.edge}
    fed = {(start.edge, end.tensor) for start, end in layout.links if start.edge}
    gathered = {start.tensor for start, end in layout.links if end.role == "output"}
    assert tapped == {(edge, edge.source) for edge in cell.edges}
    assert fed == {(edge, edge.target) for edge in cell.edges}
    assert gathered == set(cell.concat)


def test_a_symmetric_cell_is_drawn_symmetrically() -> None:
    """Else the sweeps that settle the heights would favour up or down."""
    edges = tuple(Edge(index, "skip_connect", source) for index, source in enumerate((0, 0, 1, 1)))
    layout = lay_out(Cell("normal", edges, (2, 3)))
    total = max(y + HEIGHT[spot.role] / 2 for spot, y in layout.y.items())
    for rank in layout.ranks:
        heights = [layout.y[spot] for spot in rank]
        assert heights == pytest.approx([total - height for height in reversed(heights)], abs=0.5)


def test_many_nodes_take_bounded_time() -> None:
    """Else a genotype with many nodes would try every order of them, and never be drawn."""
    edges = tuple(Edge(index, "skip_connect", index % 2) for index in range(20))
    assert len(lay_out(Cell("normal", edges, tuple(range(2, 12)))).ranks) == 4
