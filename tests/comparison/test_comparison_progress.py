"""How far a grid is."""

from pathlib import Path

import pytest
from comparison_cases import Pretending, grid

from dsrna.comparison import Cell, Row, compare
from dsrna.comparison.places import Local
from dsrna.comparison.progress import Best, leading, told
from dsrna.runtime.progress import Silent


def row(contender: str, seed: int, robust: float | None, training: str = "standard", repeat: int = 0) -> Row:
    cell = Cell(contender, training, seed, repeat)
    return Row(cell, {}, "it broke") if robust is None else Row(cell, {"clean": 0.9, "robust 8/255": robust})


def test_a_line_says_everything() -> None:
    """If this fails, whoever waits for a grid does not know for what, or how long."""
    rows = [row("a", 0, 0.5), row("b", 0, 0.7), row("a", 1, 0.5), row("b", 1, None)]
    assert told(rows, 8, running=["a-standard-2", "b-standard-2"], ran=2, seconds=120.0) == (
        "4 of 8 done, 1 failed, running a-standard-2 and b-standard-2, about 2 min left; "
        "best robust 8/255 so far: 0.700 by b"
    )


def test_many_that_run_are_counted() -> None:
    """If this fails, one line of a grid fills the terminal."""
    many = [f"random-beside-dsrna-balanced-standard-{seed}" for seed in range(8)]
    assert told([], 9, running=many, ran=0, seconds=5.0) == "0 of 9 done, 8 running"


def test_what_is_not_known_is_left_out() -> None:
    """If this fails, the first line promises a time that nothing was measured for, or the last that time is left."""
    assert told([], 3, running=["a"], ran=0, seconds=5.0) == "0 of 3 done, running a"
    assert told([row("a", 0, 0.5)], 1, running=[], ran=1, seconds=9.0) == (
        "1 of 1 done; best robust 8/255 so far: 0.500 by a"
    )


@pytest.mark.parametrize(("seconds", "words"), [(1.0, "1 min"), (9000.0, "50 min"), (27000.0, "2 h")])
def test_times_are_as_people_say_them(seconds: float, words: str) -> None:
    """If this fails, somebody divides by 3600. One is done and one, half done, is left."""
    assert f"about {words} left" in told([row("a", 0, 0.5)], 2, running=["b"], ran=1, seconds=seconds)


def test_the_best_is_the_best_mean_of_each_training() -> None:
    """If this fails, one lucky seed or a repeat decides who leads, or adversarial training wins over standard."""
    rows = [row("a", 0, 0.6), row("a", 1, 0.2), row("b", 0, 0.5), row("b", 0, 0.9, repeat=1)]
    assert leading(rows) == [Best("standard", "robust 8/255", "b", 0.5, 1)]
    both = [*rows, row("b", 0, 0.75, "pgd"), row("b", 1, 0.5, "pgd"), row("a", 0, 0.6, "pgd")]
    assert leading(both) == [leading(rows)[0], Best("pgd", "robust 8/255", "b", 0.625, 2)]
    assert told(both, 7, running=[], ran=1, seconds=1.0).endswith(
        "best robust 8/255 so far: standard 0.500 by b, pgd 0.625 by b (2 seeds)"
    )
    assert leading([row("a", 0, None)]) == []


class Listening(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def test_every_cell_that_runs_is_told(tmp_path: Path) -> None:
    """If this fails, a grid is silent for hours, or tells again what was there before."""
    first, again = Listening(), Listening()
    worker = Pretending(failing=("darts-standard-0",))
    compare(grid(), tmp_path, place=Local(worker=worker), reporter=first)
    assert len(first.said) == 1 + len(worker.jobs)
    assert first.said[0] == "compare: running darts-standard-0"
    assert first.said[1].startswith(
        "compare: darts-standard-0 failed: it was told to; 1 of 6 done, 1 failed, running random-standard-0"
    )
    assert first.said[-1].startswith("compare: random-beside-darts-standard-1 done; 6 of 6 done, 2 failed")
    compare(grid(), tmp_path, place=Local(worker=worker), reporter=again)
    assert [line.split(";")[0] for line in again.said] == [
        "compare: running darts-standard-0",
        "compare: darts-standard-0 failed: it was told to",
    ]
