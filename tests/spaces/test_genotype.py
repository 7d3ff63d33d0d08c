"""Genotypes: three forms that say the same, and errors that say what is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.spaces import ARCHITECTURES, Genotype, SpaceSettings, find_architecture, random_genotype

RACL = ARCHITECTURES["racl"]


@given(seed=st.integers(0, 2**32), nodes=st.integers(1, 5))
def test_every_form_is_read_back(seed: int, nodes: int) -> None:
    """If this fails, a genotype that was saved or printed is another one when it is read."""
    genotype = random_genotype(SpaceSettings(nodes=nodes), generator(seed))
    assert Genotype.from_dict(genotype.to_dict()) == genotype
    assert Genotype.from_json(genotype.to_json()) == genotype
    assert Genotype.from_text(genotype.to_text()) == genotype


def test_text_is_that_of_the_darts_family() -> None:
    """If this fails, other projects of the family cannot read what we print."""
    text = ARCHITECTURES["darts-v2"].to_text()
    assert text.startswith("Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ")
    assert text.endswith("('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=range(2, 6))")


def test_concat_may_be_a_list() -> None:
    """If this fails, the genotypes that the older projects print with lists are refused."""
    text = RACL.to_text().replace("range(2, 6)", "[2, 3, 4, 5]")
    assert Genotype.from_text(text) == RACL


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not of the form"),
        ("Genotype(", "not of the form"),
        ("__import__('os').system('true')", "not of the form"),
        ("Genotype(normal=[__import__('os')])", "not of the form"),
        ("Genotype(*[1])", "not of the form"),
        ("Genotype(normal=[('skip_connect', 0), ('skip_connect', 1)])", "missing field"),
        ("Genotype(" + "[" * 19_000, "not of the form"),
        ("x" * 30_000, "too many"),
        (RACL.to_text().replace("range(2, 6)", "range(2, 10**9)"), "not of the form"),
        (RACL.to_text().replace("range(2, 6)", "range(2, 9)", 1), "normal_concat"),
        (RACL.to_text().replace("sep_conv_3x3", "conv_9x9", 1), "unknown operation 'conv_9x9'; known: none, "),
        (RACL.to_text().replace("reduce_concat", "reduce_join"), "unknown field 'reduce_join'"),
    ],
)
def test_malformed_text_is_an_error_in_one_line(text: str, reason: str) -> None:
    """If this fails, a damaged genotype crashes, runs code, or is accepted."""
    with pytest.raises(UserError, match=reason.replace("(", r"\(")) as caught:
        Genotype.from_text(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"normal": []}, "2 edges per inner node"),
        ({"normal": [["skip_connect", 0]]}, "2 edges per inner node"),
        ({"normal": [["skip_connect", 0], ["skip_connect", 2]]}, "edge 1: source 2 must be one of 0 to 1"),
        ({"normal": [["skip_connect", 0], ["skip_connect", -1]]}, "source -1"),
        ({"normal": [["skip_connect", "0"], ["skip_connect", 1]]}, "whole number"),
        ({"normal": [["skip_connect", 0]] * 100_000}, "at most 100 inner nodes, not 50000"),
        ({"normal": "skip_connect"}, "normal"),
        ({"normal_concat": [2, 2]}, "normal_concat"),
        ({"normal_concat": []}, "normal_concat"),
        ({"schema": 99}, "schema 99"),
    ],
)
def test_wrong_cells_are_errors_that_name_the_place(change: dict[str, object], reason: str) -> None:
    """If this fails, an impossible cell is built, or refused without saying where it is wrong."""
    with pytest.raises(UserError, match=reason):
        Genotype.from_json(json.dumps({**RACL.to_dict(), **change}))


@pytest.mark.parametrize("text", ["[1, 2]", "null", "{", "[" * 100_000])
def test_json_of_another_kind_is_an_error(text: str) -> None:
    """If this fails, a file that is no genotype ends in a traceback."""
    with pytest.raises(UserError):
        Genotype.from_json(text)


def test_an_architecture_is_found_by_name_and_by_file(tmp_path: object) -> None:
    """If this fails, --architecture does not take what it says it takes."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "text.txt").write_text(RACL.to_text())
    RACL.save(folder / "racl.json")
    assert find_architecture("racl") == find_architecture(str(folder / "text.txt"))
    assert find_architecture("racl") == find_architecture(str(folder / "racl.json"))
    with pytest.raises(UserError, match="did you mean 'racl'"):
        find_architecture("rac1")
    with pytest.raises(UserError, match="no file"):
        find_architecture("missing.json")
