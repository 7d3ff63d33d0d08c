"""One process at a time in a folder."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dsrna.errors import UserError
from dsrna.runtime import heart, lock
from dsrna.runtime.lock import Holder, held, wait_for
from dsrna.runtime.stopping import heard

ELSEWHERE = Holder(7, "far.example", "another boot", "2026-01-01T00:00:00+00:00")

HOLD = """
import fcntl, json, os, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(json.dumps({"pid": os.getpid(), "host": "here", "machine": sys.argv[2], "since": "noon"}))
file.flush()
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[int]:
    """Let another process hold the lock, and be killed at the end of the block."""
    command = [sys.executable, "-c", HOLD, str(path), lock._machine()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def noted(path: Path, who: Holder, age: float = 0.0) -> None:
    """Leave the lock of a holder whose heart beat ``age`` seconds ago."""
    path.write_text(json.dumps(who.__dict__))
    os.utime(path, (time.time() - age,) * 2)


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    """If this fails, two runs write over one another's files, or nobody knows which to wait for."""
    with holder(tmp_path / "lock") as pid:
        with pytest.raises(UserError, match=f"in use by process {pid} on here, since noon; wait for it, or choose"):
            with held(tmp_path / "lock"):
                pass


def test_what_a_dead_process_held_is_taken_over_at_once(tmp_path: Path) -> None:
    """If this fails, a run that was killed cannot go on until somebody removes a file."""
    said: list[str] = []
    with holder(tmp_path / "lock") as pid:
        pass
    with held(tmp_path / "lock", said.append):
        assert Holder.myself().pid == json.loads((tmp_path / "lock").read_text())["pid"]
    assert len(said) == 1
    assert f"process {pid} on here" in said[0]


def test_it_can_be_waited_for(tmp_path: Path) -> None:
    """If this fails, a run that begins again on another machine fails by the lock that a dead one has left."""
    path = tmp_path / ".lock"
    with holder(path), pytest.raises(UserError, match="is in use by process"):
        wait_for(path, 0.1)
    wait_for(path, 60.0)
    assert not path.exists()


def test_what_can_never_be_held_is_not_waited_for(tmp_path: Path) -> None:
    """If this fails, a folder that may not be written keeps a download waiting for an hour."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        wait_for(tmp_path / "file" / ".lock", 60.0)


def test_it_is_gone_at_the_end_whatever_the_end(tmp_path: Path) -> None:
    """If this fails, a lock outlives its run, or its thread does."""
    for end in (ValueError, KeyboardInterrupt):
        with pytest.raises(end), held(tmp_path / "lock"):
            raise end
        assert not list(tmp_path.iterdir())


def test_the_holder_may_hold_it_again(tmp_path: Path) -> None:
    """If this fails, `dsrna run` locks its own stages out; or the first stage that ends lets others in."""
    with held(tmp_path / "lock"):
        with held(tmp_path / "lock"):
            pass
        assert (tmp_path / "lock").exists()


def test_another_machine_is_believed_alive_while_its_heart_beats(tmp_path: Path) -> None:
    """If this fails, two machines with a folder in common run the same search."""
    noted(tmp_path / "lock", ELSEWHERE, age=100)
    with pytest.raises(UserError, match=r"process 7 on far.example.*free in (199|200) seconds"):
        with held(tmp_path / "lock"):
            pass
    assert "far.example" in (tmp_path / "lock").read_text()


def test_another_machine_whose_heart_is_still_has_lost_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, the lock of a machine that was switched off is for ever."""
    monkeypatch.setattr(lock, "WATCHED", 0.05)
    said: list[str] = []
    noted(tmp_path / "lock", ELSEWHERE, age=1000)
    with held(tmp_path / "lock", said.append):
        pass
    assert "far.example" in said[0]


def test_a_clock_that_jumps_kills_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a clock that is put forward makes a living holder look dead."""
    path, beats = tmp_path / "lock", iter((0, 900, 800))
    monkeypatch.setattr(lock, "WATCHED", 60.0)
    noted(path, ELSEWHERE, age=1000)

    def asleep(_: float) -> None:
        os.utime(path, (time.time() - next(beats),) * 2)

    monkeypatch.setattr("dsrna.runtime.lock.time.sleep", asleep)
    with pytest.raises(UserError, match="in use by process 7"), held(path):
        pass


def test_the_heart_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a run that lives is taken for dead after five minutes."""
    monkeypatch.setattr(heart, "BEAT", 0.01)
    with held(tmp_path / "lock"):
        os.utime(tmp_path / "lock", (0, 0))
        wait_until(lambda: (tmp_path / "lock").stat().st_mtime > 0)


def test_who_was_taken_for_dead_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a machine that slept goes on writing where another has taken over."""
    monkeypatch.setattr(heart, "BEAT", 0.01)
    with heard(), pytest.raises(UserError, match="taken over by process 7 on far.example"):
        with held(tmp_path / "lock"):
            noted(tmp_path / "lock", ELSEWHERE)
            wait_until(lambda: False)
    assert "far.example" in (tmp_path / "lock").read_text()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "\0\0"])
def test_a_note_that_was_never_finished_holds_nothing(tmp_path: Path, content: str) -> None:
    """If this fails, a process killed while it wrote its name down locks everybody out."""
    (tmp_path / "lock").write_text(content)
    with held(tmp_path / "lock"):
        assert json.loads((tmp_path / "lock").read_text())["host"] == socket.gethostname()


def test_a_file_system_without_locks_goes_by_the_heart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, on such a file system there is no run at all, or no lock."""

    def unknown(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(lock, "flock", unknown)
    with held(tmp_path / "lock"):
        pass
    noted(tmp_path / "lock", Holder.myself())
    with pytest.raises(UserError, match="in use by"), held(tmp_path / "lock"):
        pass


def test_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    """If this fails, a read-only folder is a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write .*lock"), held(tmp_path / "file" / "lock"):
        pass


def wait_until(true: Any) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
