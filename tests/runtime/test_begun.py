"""When an epoch is saved before it ends."""

import ast
import time
from pathlib import Path

import pytest
import torch

import dsrna
from dsrna.runtime.begun import Begun
from dsrna.runtime.processes import ALONE, Processes

HOUR = 3600.0


class Two(Processes):
    """The first of two."""

    size = 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of the clock that cannot be set, to be moved."""
    now = [1000.0]
    monkeypatch.setattr("dsrna.runtime.begun.time.monotonic", lambda: now[0])
    return now


def test_it_is_saved_when_its_time_has_come(clock: list[float]) -> None:
    """If this fails, a long epoch is never saved, or at every batch."""
    begun = Begun(batches=1, since=clock[0], kept=clock[0])
    clock[0] += HOUR - 1
    assert not begun.to_be_saved(60.0, 9, ALONE)
    clock[0] += 1
    assert begun.to_be_saved(60.0, 9, ALONE)
    begun.keep({"draw": torch.zeros(1)})
    assert not begun.to_be_saved(60.0, 9, ALONE)
    assert begun.seconds == HOUR


def test_it_is_not_saved_where_it_must_not_be(clock: list[float]) -> None:
    """If this fails, several processes go on with what is one's, or an epoch that has ended is saved as one begun."""
    begun = Begun(batches=9, since=clock[0], kept=clock[0])
    clock[0] += HOUR
    assert not begun.to_be_saved(1.0, 9, ALONE)
    assert not begun.to_be_saved(1.0, 10, Two())
    assert not begun.to_be_saved(0.0, 10, ALONE)
    assert begun.to_be_saved(1.0, 10, ALONE)


@pytest.mark.parametrize("jump", [-30 * HOUR, 30 * HOUR])
def test_a_clock_that_jumps_is_not_looked_at(jump: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a clock that is put back keeps an epoch from being saved for hours, or makes times negative."""
    begun = Begun(batches=1)
    monkeypatch.setattr("time.time", lambda now=time.time: now() + jump)
    assert not begun.to_be_saved(60.0, 9, ALONE)
    assert 0 <= begun.seconds < HOUR


def test_nothing_goes_by_a_clock_that_can_be_set() -> None:
    """If this fails, some waiting, saving or timing depends on the time of day. Who says when may read it."""
    sources = Path(dsrna.__file__).parent.rglob("*.py")
    found = {path.name for path in sources for node in ast.walk(ast.parse(path.read_text())) if _reads_the_time(node)}
    assert found == {"lock.py", "environment.py"}


def _reads_the_time(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) in {"time.time", "datetime.now"}
