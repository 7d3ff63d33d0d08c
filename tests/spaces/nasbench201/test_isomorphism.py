"""The classes of equal cells, counted and held against the published table."""

import csv
import gzip
import os
from collections import Counter
from pathlib import Path

import pytest

from dsrna.spaces.nasbench201 import Nasbench201Cell, all_cells

TABLE = os.environ.get("DSRNA_NASBENCH201_TABLE")


def cell(*operations: str) -> Nasbench201Cell:
    names = {"0": "none", "s": "skip_connect", "1": "nor_conv_1x1", "3": "nor_conv_3x3", "a": "avg_pool_3x3"}
    return Nasbench201Cell(tuple(names[name] for name in operations))


def test_the_classes_are_as_many_as_published() -> None:
    """If this fails, two cells that the benchmark tells apart are taken for one, or the other way round."""
    cells = list(all_cells())
    assert len(set(cells)) == 15_625
    assert len({each.identity() for each in cells}) == 6_466


def test_a_skip_makes_two_nodes_one() -> None:
    """If this fails, moving an edge along a skip connection makes another class."""
    assert cell(*"s00010").identity() == cell(*"000100").identity()
    assert cell(*"s00030").identity() != cell(*"000100").identity()


def test_what_hangs_on_zero_is_zero() -> None:
    """If this fails, operations on a node that nothing reaches count."""
    assert cell(*"000110").identity() == cell(*"000100").identity()
    assert cell(*"a00110").identity() != cell(*"000100").identity()


@pytest.mark.skipif(TABLE is None, reason="the published table is at $DSRNA_NASBENCH201_TABLE only")
def test_every_cell_is_of_exactly_one_published_class() -> None:
    """If this fails, a cell has no row of the published table, or several."""
    with gzip.open(Path(str(TABLE)), "rt", newline="") as file:
        published = Counter(Nasbench201Cell.from_text(row["arch_str"]).identity() for row in csv.DictReader(file))
    assert set(published.values()) == {1}
    assert {each.identity() for each in all_cells()} == published.keys()


def test_cells_that_ignore_their_input_are_known() -> None:
    """If this fails, networks whose logits never change are ranked."""
    assert not cell(*"333000").connected()
    assert not cell(*"0000s3").connected()
    assert cell(*"000100").connected()
