"""Cells as pictures."""

from xml.etree import ElementTree as ET

import pytest
from sample_run import GENOTYPE

from dsrna.errors import UserError
from dsrna.report import draw_cell, draw_graph
from dsrna.spaces import ARCHITECTURES, find_architecture

SVG = "{http://www.w3.org/2000/svg}"


def labels(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", ARCHITECTURES.names())
def test_named_architectures_can_be_drawn(name: str) -> None:
    """Else a run with a published architecture would have no picture, or one that no viewer opens."""
    for graph in ARCHITECTURES[name].graphs():
        assert ET.fromstring(draw_graph(graph)).tag == f"{SVG}svg"


def test_every_operation_is_written() -> None:
    """Else an edge would go without its label."""
    written = labels(draw_cell(GENOTYPE, "normal"))
    assert written.count("sep conv 3\N{MULTIPLICATION SIGN}3") == 4
    assert {"skip connect", "dil conv 5\N{MULTIPLICATION SIGN}5", "avg pool 3\N{MULTIPLICATION SIGN}3"} < set(written)


def test_strides_are_marked_in_the_reduction_cell_only() -> None:
    """Else nobody could see where the resolution is halved."""
    assert [label for label in labels(draw_cell(GENOTYPE, "normal")) if "/2" in label] == []
    halving = {label for label in labels(draw_cell(GENOTYPE, "reduce")) if "/2" in label}
    assert halving == {f"{name} {k}\N{MULTIPLICATION SIGN}{k} /2" for name, k in (("max pool", 3), ("sep conv", 5))}


def test_the_picture_can_be_read_aloud() -> None:
    """Else those who cannot see it would get nothing."""
    spoken = ET.fromstring(draw_cell(GENOTYPE, "reduce")).findtext(f"{SVG}desc")
    assert spoken == (
        "node 0 is max_pool_3x3 of c_{k-2} plus sep_conv_5x5 of c_{k-1}; "
        "node 1 is skip_connect of node 0 plus max_pool_3x3 of c_{k-1}; the output concatenates node 0, node 1."
    )


def test_the_picture_suits_light_and_dark() -> None:
    """Else it would be unreadable in one of them, alone or in a page."""
    svg = draw_cell(GENOTYPE, "normal")
    assert "prefers-color-scheme: dark" in svg
    assert 'class="ground"' in svg


def test_the_two_cells_share_no_id() -> None:
    """Else in one page the second picture would use the first one's arrow and title."""
    ids = [
        {element.get("id") for element in ET.fromstring(draw_cell(GENOTYPE, cell)).iter()} - {None}
        for cell in ("normal", "reduce")
    ]
    assert ids[0].isdisjoint(ids[1])


def test_a_malformed_genotype_is_an_error_for_people() -> None:
    """Else the user would see a traceback instead of what to mend."""
    with pytest.raises(UserError, match="2 edges per inner node"):
        draw_cell({**GENOTYPE, "normal": [["skip_connect", 0]]}, "normal")


def test_a_cell_of_the_second_space_is_drawn() -> None:
    """Else a search in NAS-Bench-201 would have no picture, or one of another graph."""
    cell = find_architecture("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|")
    (graph,) = cell.graphs()
    svg = draw_graph(graph)
    assert "concat" not in labels(svg)
    assert {"ck\u22121", "ck", "1", "2", "3"} < set(labels(svg))
    assert ET.fromstring(svg).findtext(f"{SVG}desc") == (
        "node 1 is nor_conv_3x3 of c_{k-1}; node 2 is none of c_{k-1} plus skip_connect of node 1; "
        "node 3 is avg_pool_3x3 of c_{k-1} plus none of node 1 plus nor_conv_1x1 of node 2; the output is node 3."
    )
