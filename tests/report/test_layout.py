"""Where the parts of a cell's picture go."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrna.report.layout import HEIGHT, lay_out
from dsrna.spaces.graph import CellGraph, Edge

patient = settings(max_examples=15)
OPERATIONS = ("sep_conv_3x3", "skip_connect", "none")


Plan = tuple[list[tuple[str, int]], set[int]]
"""The operations and sources of a cell, and its concatenated nodes."""


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    nodes = draw(st.integers(1, 4))
    edges = [(draw(st.sampled_from(OPERATIONS)), draw(st.integers(0, 1 + index // 2))) for index in range(2 * nodes)]
    return edges, draw(st.sets(st.integers(2, nodes + 1), min_size=1))


def build(plan: Plan) -> CellGraph:
    edges, concat = plan
    return cell(edges, sorted(concat))


def cell(edges: Sequence[tuple[str, int]], concat: Iterable[int]) -> CellGraph:
    joined = (Edge(index, operation, source, 2 + index // 2) for index, (operation, source) in enumerate(edges))
    return CellGraph("normal", 2, tuple(joined), tuple(concat))


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
    graph = build(plan)
    layout = lay_out(graph)
    tapped = {(end.edge, start.tensor) for start, end in layout.links if end.edge}
    fed = {(start.edge, end.tensor) for start, end in layout.links if start.edge}
    gathered = {start.tensor for start, end in layout.links if end.role == "output"}
    assert tapped == {(edge, edge.source) for edge in graph.edges}
    assert fed == {(edge, edge.target) for edge in graph.edges}
    assert gathered == set(graph.concat)


def test_a_symmetric_cell_is_drawn_symmetrically() -> None:
    """Else the sweeps that settle the heights would favour up or down."""
    layout = lay_out(cell([("skip_connect", source) for source in (0, 0, 1, 1)], (2, 3)))
    total = max(y + HEIGHT[spot.role] / 2 for spot, y in layout.y.items())
    for rank in layout.ranks:
        heights = [layout.y[spot] for spot in rank]
        assert heights == pytest.approx([total - height for height in reversed(heights)], abs=0.5)


def test_many_nodes_take_bounded_time() -> None:
    """Else a genotype with many nodes would try every order of them, and never be drawn."""
    edges = [("skip_connect", index % 2) for index in range(20)]
    assert len(lay_out(cell(edges, range(2, 12))).ranks) == 4
