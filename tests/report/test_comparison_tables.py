"""A comparison on a terminal."""

import re
from io import StringIO

import pytest
from rich.console import Console

from dsrna.comparison import Cell, Row, summarise
from dsrna.report import comparison_tables
from dsrna.report.comparison import bare


def shown(rows: list[Row], width: int = 80) -> str:
    """What a terminal of eighty columns shows."""
    file = StringIO()
    console = Console(width=width, file=file)
    for table in comparison_tables(summarise("digits", rows)):
        console.print(table)
    return file.getvalue()


def rows(seeds: int) -> list[Row]:
    found = []
    for seed in range(seeds):
        clean = 0.9 + 0.001 * seed
        ours = {"clean": clean, "robust 8/255": 0.4, "certified 8/255": 0.0, "radius": 0.0, "parameters": 9_000.0}
        control = {**ours, "clean": clean - 0.05 - 0.0001 * seed, "radius": 0.0001}
        found.append(Row(Cell("dsrna-balanced", "standard", seed), ours))
        found.append(Row(Cell("random beside dsrna-balanced", "standard", seed, beside="dsrna-balanced"), control))
    return found


def test_a_narrow_terminal_shows_every_number_and_verdict() -> None:
    """If this fails, a table of eighty columns hides what it is about."""
    text = shown(rows(4))
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert all(word in text for word in ("dsrna-balanced", ".901 ±.00", "9,000", "+.050", "<.001", "higher"))
    assert "dsrna-balanced, 4 seeds" in text


def test_a_name_is_not_cut_for_the_heads_of_its_numbers() -> None:
    """If this fails, a terminal of eighty columns breaks names in two, because what stands over numbers is longer."""
    measures = dict.fromkeys(("pgd-100 4/255", "pgd-100 8/255", "pgd-100 16/255", "autoattack 16/255"), 0.5)
    text = shown([Row(Cell("dsrna-combined", "standard", 0), measures)])
    assert re.search(r"dsrna-combined( +\.500){4}", text)


def test_a_genotype_file_leaves_room_for_its_numbers() -> None:
    """If this fails, the name of a file is folded into a column of single letters, or numbers are cut for it."""
    files = ["runs/dsrna-combined-0/search/genotype.json", "/home/somebody/architectures/of-last-year/the-best.txt"]
    text = shown(
        [Row(Cell(file, "standard", seed), {"clean": 0.5, "radius": 1e-5}) for file in files for seed in (0, 1)]
    )
    assert re.search(r"runs/dsrna-combined-0 +\.500", text)
    assert re.search(r"/home/somebody\N{HORIZONTAL ELLIPSIS}ar/the-best.txt +\.500", text)


def test_a_contender_that_finished_at_fewer_seeds_says_so() -> None:
    """If this fails, a mean over two seeds passes for one over four."""
    text = shown([*rows(4), *(Row(Cell("racl", "standard", seed), {"clean": 0.8}) for seed in range(2))])
    assert re.search(r"racl +\.800.*\n +2 of 4 seeds", text)
    assert "4 of 4" not in text


def test_a_mean_stands_above_its_interval() -> None:
    """If this fails, how sure a mean is must be looked up in a file."""
    text = shown(rows(4), width=100)
    assert text.count("95 % bootstrap interval of the mean") == 1
    assert re.search(r"dsrna-balanced +\.90\d ±\.001 +\.400 ±\.000 .*\n +\.90\d to \.90\d +\.400 to \.400 ", text)
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert "bootstrap" not in shown(rows(1))


def test_a_small_radius_keeps_its_figures() -> None:
    """If this fails, certified radii of networks trained as usual, far below a thousandth, all read as nothing."""
    text = shown(rows(4))
    assert ".0001 ±0" in text
    assert "\N{MINUS SIGN}.0001" in text


def test_one_seed_has_no_interval_and_nothing_has_a_stray_sign() -> None:
    """If this fails, one run passes for evidence, or a difference of nothing for a loss."""
    text = shown(rows(1))
    assert "dsrna-balanced, 1 seed " in text
    assert not re.search("\N{MINUS SIGN}\\.?0*(?![.0-9])", text)
    assert "not shown" in text


def test_a_failed_run_is_told() -> None:
    """If this fails, a grid with holes looks whole."""
    assert "failed: darts-pgd-3: out of memory" in shown([*rows(2), Row(Cell("darts", "pgd", 3), {}, "out of memory")])


@pytest.mark.parametrize(("number", "shown"), [("0.5", ".5"), ("+0.05", "+.05"), ("10.5", "10.5"), (" ±0.01", " ±.01")])
def test_only_a_leading_nought_is_left_out(number: str, shown: str) -> None:
    """Else ten and a half reads as one and a half."""
    assert bare(number) == shown


def test_ranks_and_the_noise_of_training_are_shown() -> None:
    """If this fails, what is computed of several contenders, and of repeats, is seen in no terminal."""
    again = Row(Cell("dsrna-balanced", "standard", 0, repeat=1), {"clean": 0.95})
    other = [Row(Cell("racl", "standard", seed), {"clean": 0.8}) for seed in range(4)]
    text = shown([*rows(4), again, *other])
    assert "mean rank, 1 for the largest, over 4 seeds" in text
    assert re.search(r"racl +2\.00", text)
    assert "left for the search" in text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
