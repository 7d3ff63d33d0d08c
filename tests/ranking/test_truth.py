"""Tables of ground truth."""

import gzip
from pathlib import Path

import pytest
from ranking_cases import CELLS, LOST, write_table

from dsrna.errors import UserError
from dsrna.ranking import GroundTruth, check_covers, published
from dsrna.runtime.seeds import generator
from dsrna.spaces import ARCHITECTURES, find_architecture


def test_an_entry_is_found_by_any_cell_of_its_class(tmp_path: Path) -> None:
    """If this fails, a cell that the table has under another name counts as unknown."""
    truth = GroundTruth.read(write_table(tmp_path))
    same = "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|none~1|none~2|"
    assert same not in CELLS
    assert truth.value(find_architecture(CELLS[1]), "std_digits_clean") == 0.15
    assert truth.value(find_architecture(same), "std_digits_clean") == 0.15


def test_compressed_tables_are_read(tmp_path: Path) -> None:
    """If this fails, the published table must be unpacked first."""
    path = write_table(tmp_path)
    packed = tmp_path / "table.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert GroundTruth.read(packed).rows.keys() == GroundTruth.read(path).rows.keys()


def test_a_table_that_unpacks_to_all_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a file of a few kilobytes takes all the memory."""
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(write_table(tmp_path).read_bytes() + bytes(2**20)))
    monkeypatch.setattr("dsrna.ranking.truth.MOST", 2**20)
    with pytest.raises(UserError, match=r"table.csv.gz holds more than 1,048,576 bytes"):
        GroundTruth.read(path)


def test_a_cell_opens_no_file(tmp_path: Path) -> None:
    """If this fails, a table from a stranger chooses which files of this machine are read, and told of in errors."""
    (tmp_path / "own.txt").write_text(CELLS[0])
    (tmp_path / "table.csv").write_text(f"arch_str\n{tmp_path / 'own.txt'}\n")
    with pytest.raises(UserError, match="line 2: unknown architecture"):
        GroundTruth.read(tmp_path / "table.csv")


def test_samples_leave_out_networks_that_see_nothing(tmp_path: Path) -> None:
    """If this fails, constant networks are ranked, or a larger sample throws away what was scored."""
    truth = GroundTruth.read(write_table(tmp_path))
    whole = truth.sample(5, generator(0))
    assert {each.to_text() for each in whole} == {*CELLS}
    assert truth.sample(2, generator(0)) == whole[:2]
    assert find_architecture(LOST).identity() in truth.rows
    with pytest.raises(UserError, match="1 to 5 architectures, not 6"):
        truth.sample(6, generator(0))


def test_percentiles_count_equals_half(tmp_path: Path) -> None:
    """If this fails, the best of a table is not at the top, or the worst not at the bottom."""
    truth = GroundTruth.read(write_table(tmp_path))
    best, middle = (published(truth, find_architecture(cell), "digits").entries for cell in (LOST, CELLS[2]))
    assert [entry.column for entry in best] == ["std_digits_clean", "at_digits_pgd_8"]
    assert best[0].value == 0.55
    assert best[0].percentile == pytest.approx(5.5 / 6)
    assert middle[1].value == 0.7
    assert middle[1].percentile == pytest.approx(3.5 / 6)


def test_what_a_table_cannot_say_is_told(tmp_path: Path) -> None:
    """If this fails, a search of hours ends in a traceback, or in numbers of another data set."""
    truth = GroundTruth.read(write_table(tmp_path))
    with pytest.raises(UserError, match="has no row for Genotype"):
        published(truth, ARCHITECTURES["darts-v2"], "digits")
    with pytest.raises(UserError, match="no columns std_cifar10"):
        published(truth, find_architecture(CELLS[0]), "mnist")
    check_covers(truth, "nasbench201")
    with pytest.raises(UserError, match="no architecture of space darts"):
        check_covers(truth, "darts")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cell,value\n|none~0|,1\n", "no column arch_str or architecture"),
        ("arch_str\n|none~0|\n", "line 2: .*has 1 nodes"),
        (f"arch_str\n{CELLS[0]}\n{CELLS[0]}\n", "line 3: .* there twice"),
        (f"arch_str,good\n{CELLS[0]},yes\n", "column good: 'yes' is not a number"),
        (f"arch_str\n{'a' * 400}\n", r"line 2: unknown architecture 'a{40,60}\.\.\.a{40,60}'"),
        (f"arch_str\n{'a' * 140_000}\n", "after line 1: field larger than field limit"),
        ("a" * 140_000, "after line 0: field larger than field limit"),
    ],
)
def test_tables_that_say_nothing_are_refused(text: str, reason: str, tmp_path: Path) -> None:
    """If this fails, a wrong file ends in a traceback, or in numbers."""
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=reason):
        GroundTruth.read(path).values("good")


def test_gaps_and_unknown_columns_are_told(tmp_path: Path) -> None:
    """If this fails, a misspelt column is a traceback, or a gap in the table is a zero."""
    path = tmp_path / "table.csv"
    path.write_text(f"architecture,good\n{CELLS[0]},\ndarts-v2,0.5\n")
    truth = GroundTruth.read(path)
    assert truth.value(find_architecture(CELLS[0]), "good") is None
    assert truth.value(ARCHITECTURES["darts-v2"], "good") == 0.5
    with pytest.raises(UserError, match="unknown column 'god'; did you mean 'good'"):
        truth.check("god")
    with pytest.raises(UserError, match="cannot read"):
        GroundTruth.read(tmp_path / "none.csv")
