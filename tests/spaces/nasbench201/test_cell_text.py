"""Architecture strings: read, written, refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrna.errors import UserError
from dsrna.spaces import ARCHITECTURES, find_architecture, load_architecture
from dsrna.spaces.nasbench201 import CANDIDATES, Nasbench201Cell

TEXT = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|skip_connect~1|nor_conv_3x3~2|"


@given(st.tuples(*[st.sampled_from(CANDIDATES)] * 6))
def test_text_and_cell_are_the_same(operations: tuple[str, ...]) -> None:
    """If this fails, a string names another cell than the one that was read from it."""
    cell = Nasbench201Cell(operations)
    assert Nasbench201Cell.from_text(cell.to_text()) == cell
    assert Nasbench201Cell.from_dict(cell.to_dict()) == cell


def test_the_edges_come_in_the_order_of_the_string() -> None:
    """If this fails, cells are wired otherwise than the benchmark's."""
    cell = Nasbench201Cell.from_text(TEXT)
    assert cell.to_text() == TEXT
    (graph,) = cell.graphs()
    wired = {(edge.source, edge.target): edge.operation for edge in graph.edges}
    assert wired[1, 2] == "skip_connect"
    assert wired[2, 3] == "nor_conv_3x3"
    assert graph.concat == (3,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("|none~0|", "has 1 nodes, not 3"),
        (TEXT.replace("|nor_conv_1x1~0", ""), "node 2: .* must be 2 entries"),
        (TEXT.replace("skip_connect~1|+", "skip_connect~0|+"), "node 2: entry 'skip_connect~0' must end in ~1"),
        (TEXT.replace("avg_pool", "max_pool"), "node 1: unknown operation 'max_pool_3x3'; did you mean 'avg_pool_3x3'"),
        (TEXT.strip("|"), "node 1"),
        ("|" * 2_000, "2000 characters"),
    ],
)
def test_other_text_is_refused(text: str, reason: str) -> None:
    """If this fails, a mistyped string is taken for some cell, or ends in a traceback."""
    with pytest.raises(UserError, match=reason):
        Nasbench201Cell.from_text(text)


@pytest.mark.parametrize(
    "plain", [{"cell": 3}, {"operations": list(CANDIDATES)}, {"cell": TEXT, "more": 1}, {"cell": TEXT, "schema": 9}]
)
def test_other_files_are_refused(plain: dict[str, object]) -> None:
    """If this fails, a damaged genotype.json is taken for some cell."""
    with pytest.raises(UserError):
        Nasbench201Cell.from_dict({"space": "nasbench201", **plain})


def test_five_operations_are_no_cell() -> None:
    """If this fails, a cell with a missing edge is built."""
    with pytest.raises(UserError, match="6 operations, not 5"):
        Nasbench201Cell(CANDIDATES)


@pytest.mark.parametrize("name", [TEXT, "dsrna-none", "file.json", "file.txt"])
def test_an_architecture_is_found_wherever_it_is(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, --architecture does not take text, or a file of either space."""
    monkeypatch.chdir(tmp_path)
    cell = Nasbench201Cell.from_text(TEXT)
    cell.save(tmp_path / "file.json")
    (tmp_path / "file.txt").write_text(f"{TEXT}\n")
    if name == "dsrna-none":
        with pytest.raises(UserError, match="unknown architecture"):
            find_architecture(name)
    else:
        assert find_architecture(name) == cell


def test_a_file_of_an_unknown_space_is_refused(tmp_path: Path) -> None:
    """If this fails, an architecture of another space is read as a DARTS genotype."""
    (tmp_path / "file.json").write_text('{"space": "nasbench301"}')
    with pytest.raises(UserError, match="unknown space 'nasbench301'"):
        load_architecture(tmp_path / "file.json")


def test_darts_files_are_read_as_before(tmp_path: Path) -> None:
    """If this fails, genotype files of earlier runs are lost."""
    genotype = ARCHITECTURES["darts-v2"]
    genotype.save(tmp_path / "file.json")
    assert load_architecture(tmp_path / "file.json") == genotype
