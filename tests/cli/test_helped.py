"""What a process that is not the first says of an error."""

import time

import pytest

from dsrna import cli
from dsrna.errors import UserError
from dsrna.runtime.processes import LostProcessError, Processes


class Second(Processes):
    rank = 1
    size = 2


def mistaken(_: Processes) -> None:
    raise UserError("no data here")


def test_a_fault_of_one_machine_alone_is_told_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a folder that one machine lacks ends the run with "another process has ended", and no reason."""
    monkeypatch.setattr(cli, "assist", mistaken)
    monkeypatch.setattr(cli, "GRACE", 0.0)
    with pytest.raises(UserError, match=r"^process 1: no data here$"):
        cli._helped(Second())


def test_a_fault_of_all_is_left_to_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, one mistake is told by every process, or the first is ended before it can tell it."""

    class LeftError(Exception):
        """In place of the process's end."""

    def ended(_: float) -> None:
        raise LostProcessError("stopped")

    def left(code: int) -> None:
        assert code == cli.USER_ERROR
        raise LeftError

    monkeypatch.setattr(cli, "assist", mistaken)
    monkeypatch.setattr(time, "sleep", ended)
    monkeypatch.setattr(cli, "_leave", left)
    with pytest.raises(LeftError):
        cli._helped(Second())
