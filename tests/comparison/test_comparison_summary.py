"""From rows to verdicts, and to files."""

import csv
import io
import re

import pytest

from dsrna.comparison import CONTROL, Cell, Comparison, Row, as_csv, as_latex, as_markdown, summarise
from dsrna.errors import UserError
from dsrna.runtime.serialise import from_plain, to_plain


def rows(ours: list[float], theirs: list[float]) -> list[Row]:
    """Two contenders of the measure ``clean``, a seed an entry."""
    control = [
        Row(Cell("random beside darts", "standard", seed, beside="darts"), {"clean": value})
        for seed, value in enumerate(theirs)
    ]
    return [*(Row(Cell("darts", "standard", seed), {"clean": value}) for seed, value in enumerate(ours)), *control]


def test_a_clear_difference_is_shown_and_an_unclear_one_is_not() -> None:
    """If this fails, the verdict is not that of the paired test."""
    clear = summarise("digits", rows([0.91, 0.92, 0.93, 0.915], [0.81, 0.83, 0.83, 0.82]))
    assert [(each.contender, each.baseline, each.verdict) for each in clear.differences] == [
        ("darts", "random beside darts", "higher")
    ]
    unclear = summarise("digits", rows([0.91, 0.80, 0.93, 0.7], [0.81, 0.83, 0.83, 0.82]))
    assert unclear.differences[0].verdict == "no difference shown"


def test_against_a_baseline_the_sign_is_that_of_the_contender() -> None:
    """If this fails, the worse one is reported as the better."""
    found = summarise("digits", rows([0.91, 0.92, 0.93, 0.915], [0.81, 0.83, 0.83, 0.82]), baseline="darts")
    assert [(each.contender, each.verdict) for each in found.differences] == [("random beside darts", "lower")]
    assert found.differences[0].mean == pytest.approx(-0.09625)


def test_an_unknown_baseline_is_named() -> None:
    """If this fails, a misspelt baseline gives an empty table."""
    with pytest.raises(UserError, match="baseline 'dart' is none of the contenders: darts"):
        summarise("digits", rows([0.9], [0.8]), baseline="dart")


def test_only_seeds_that_both_finished_are_paired() -> None:
    """If this fails, a failed run turns the pairing into nonsense."""
    uneven = rows([0.9, 0.91, 0.92], [0.8, 0.81])
    assert summarise("digits", uneven).differences[0].pairs == 2


def test_without_a_common_seed_there_is_no_difference_to_speak_of() -> None:
    """If this fails, two that were never seen side by side differ by 0.0 in the table."""
    apart = [row for row in rows([0.9, 0.8], [0.5, 0.4]) if (row.cell.beside is None) == (row.cell.seed == 0)]
    found = summarise("digits", apart)
    assert len(found.summaries) == 2
    assert not found.differences


def test_repeats_tell_the_noise_of_training_and_count_for_nothing_else() -> None:
    """If this fails, trainings of one genotype pass for draws of the search."""
    again = [
        Row(Cell("darts", "standard", 0, repeat=number), {"clean": value}) for number, value in ((1, 0.8), (2, 1.0))
    ]
    found = summarise("digits", [*rows([0.9, 0.7], [0.5, 0.5]), *again])
    darts = next(each for each in found.summaries if each.contender == "darts")
    assert darts.seeds == 2
    assert darts.mean == pytest.approx(0.8)
    assert darts.retraining == pytest.approx(0.1)
    assert darts.searching == pytest.approx(0.1)


def test_ranks_are_among_contenders_at_the_seeds_of_all() -> None:
    """If this fails, a place among fewer counts as one among all, a control takes one, or a size is a merit."""
    values = {"a": [0.9, 0.5, 0.99], "b": [0.8, 0.6, 0.7], "c": [0.7, 0.7], f"{CONTROL}a": [1.0, 1.0, 1.0]}
    found = summarise(
        "digits",
        [
            Row(Cell(name, "standard", seed), {"clean": value, "parameters": 100 * value})
            for name, of in values.items()
            for seed, value in enumerate(of)
        ],
    )
    ranks = {each.contender: (each.rank, each.ranked) for each in found.summaries if each.measure == "clean"}
    assert ranks == {"a": (2.0, 2), "b": (2.0, 2), "c": (2.0, 2), f"{CONTROL}a": (None, 0)}
    assert {each.rank for each in found.summaries if each.measure == "parameters"} == {None}


def test_the_files_hold_what_was_found() -> None:
    """If this fails, a comparison cannot be read again, or its tables lose a row."""
    found = summarise("digits", [*rows([0.9, 0.7], [0.5, 0.5]), Row(Cell("a_b", "pgd", 0), {}, "out, of memory")])
    assert from_plain(Comparison, to_plain(found), where="test") == found
    lines = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert {line["training seconds"] for line in lines} == {""}
    assert [line["failure"] for line in lines] == ["", "", "", "", "out, of memory"]
    assert "| darts | 2 | 0.800 ± 0.141 |" in as_markdown(found)
    assert re.search(r"random beside darts & 2 & 0\.500 \$\\pm\$ 0\.000 \\\\", as_latex(found))
