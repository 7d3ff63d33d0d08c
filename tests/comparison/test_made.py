"""What a comparison says of how it was made."""

from pathlib import Path

import pytest
from comparison_cases import Pretending, grid

from dsrna.comparison import Comparison, Made, compare, write_comparison
from dsrna.comparison.places import Local
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import read_json, write_json


def compared(folder: Path) -> Comparison:
    chosen = grid(fields={"attack": {"eps": ["1/255"]}, "data": {"limit": 100}}, repeats=1)
    found = compare(chosen, folder, baseline="random", place=Local(worker=Pretending()))
    write_comparison(found, folder)
    return found


def test_the_file_tells_which_command_made_it(tmp_path: Path) -> None:
    """If this fails, nobody can say later under which protocol the numbers came to be."""
    compared(tmp_path)
    made = read_json(ComparisonFolder(tmp_path).result)["made"]
    assert made["baseline"] == "random"
    assert (made["methods"], made["trainings"], made["seeds"]) == (["darts", "random"], ["standard"], [0, 1])
    assert (made["controls"], made["repeats"]) == (True, 1)
    assert made["recipe"]["attack"]["attacks"] == ["fgsm", "pgd-20"]
    assert made["options"] == {"attack": {"eps": ["1/255"]}, "data": {"limit": 100}}
    assert made["cells"] == len(grid(repeats=1).cells())
    assert set(made["versions"]) == {"dsrna", "torch", "python"}


def test_it_is_read_again_and_makes_the_same_grid(tmp_path: Path) -> None:
    """If this fails, a comparison cannot be summarised anew from its folder."""
    found = compared(tmp_path)
    read = Comparison.load(tmp_path)
    assert read == found
    assert read.made is not None
    assert Made.of(read.made.grid("x"), "random") == read.made
    assert [cell.name for cell in read.made.grid("x").cells()] == [row.cell.name for row in found.rows]


def test_files_of_before_are_read(tmp_path: Path) -> None:
    """If this fails, a comparison of an earlier version is lost, or a damaged one is taken for one."""
    compared(tmp_path)
    path = ComparisonFolder(tmp_path).result
    plain = read_json(path)
    earlier = {name: value for name, value in plain.items() if name != "made"} | {"schema": 1}
    for line in earlier["summaries"]:
        del line["ranked"], line["searching"]
    write_json(path, earlier)
    assert Comparison.load(tmp_path).made is None
    assert Comparison.load(tmp_path).missing == 0
    write_json(path, {**plain, "schema": 3})
    with pytest.raises(UserError, match=r"comparison\.json: schema"):
        Comparison.load(tmp_path)
