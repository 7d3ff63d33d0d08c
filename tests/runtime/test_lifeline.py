"""Processes that stop with their parents."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from dsrna.runtime.lifeline import TIED, tied

WAITS = """
import time
from dsrna.runtime.lifeline import stop_with_parent
stop_with_parent()
print("there", flush=True)
time.sleep({})
"""


def started(seconds: float, environment: dict[str, str]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS.format(seconds)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    return process


def test_a_tied_process_stops_when_its_parent_is_gone() -> None:
    """If this fails, a run whose parent was killed goes on in its folder beside the one that is started instead."""
    with started(600, {**os.environ, TIED: "1"}) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == -signal.SIGTERM


def test_a_terminal_does_not_reach_a_tied_process(tmp_path: Path) -> None:
    """If this fails, Ctrl-C comes to a cell twice, from the terminal and from us, and the second loses what it has."""
    with (tmp_path / "log").open("w") as said, tied([sys.executable, "-c", "input()"], said) as child:
        assert os.getsid(child.pid) == child.pid


def test_another_process_may_have_no_input() -> None:
    """If this fails, `dsrna run < /dev/null &` ends at once."""
    with started(0.2, dict(os.environ)) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


def test_what_a_tied_process_says_is_kept(tmp_path: Path) -> None:
    """If this fails, a failed cell has no reason."""
    with (
        (tmp_path / "log").open("w") as said,
        tied([sys.executable, "-c", "import sys; sys.exit('no')"], said) as child,
    ):
        assert child.wait() == 1
    assert (tmp_path / "log").read_text() == "no\n"
