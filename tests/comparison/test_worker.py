"""The processes that run the cells of a comparison."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from comparison_cases import tiny

from dsrna.comparison import worker
from dsrna.comparison.places import Local
from dsrna.comparison.worker import Job, in_a_process
from dsrna.errors import UserError
from dsrna.recipes import overridden
from dsrna.runtime.comparison_folder import ComparisonFolder


@pytest.mark.parametrize("why", [KeyboardInterrupt, UserError])
def test_a_comparison_that_ends_stops_its_cells(why: type[BaseException], tmp_path: Path) -> None:
    """If this fails, `kill` leaves runs behind, out of sight, and a full disk is told when the last has ended."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        worker._RUNNING.add(process)
        with pytest.raises(why), Local().opened(ComparisonFolder(tmp_path)):
            raise why("the reason")
        worker._RUNNING.discard(process)
    assert process.returncode == -signal.SIGTERM


def test_no_cell_begins_after_all_were_stopped(tmp_path: Path) -> None:
    """If this fails, Ctrl-C waits for a cell that had not even begun, to its end."""
    job, told = Job("x", tiny(), ComparisonFolder(tmp_path), 1), list[str | None]()
    with pytest.raises(KeyboardInterrupt), Local().opened(ComparisonFolder(tmp_path)):
        try:
            raise KeyboardInterrupt
        finally:
            worker.stop_all()
            told.append(in_a_process(job))
    assert told == ["stopped before it began"]
    assert not worker._ENDING.is_set(), "the next comparison of this process may begin"


def test_a_process_that_begins_as_all_are_stopped_is_stopped_too() -> None:
    """If this fails, it is missed between the look at who runs and its own beginning."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        worker.stop_all()
        with worker._running(process):
            assert process.wait() == -signal.SIGTERM
        worker.may_begin()


HOLDING = """
import sys
from pathlib import Path
from dsrna.runtime.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_cell_waits_for_what_is_left_of_the_one_before(tmp_path: Path) -> None:
    """If this fails, a grid that was killed and started again at once makes a failure of the cell that it was at."""
    job = Job("x", overridden(tiny(), {"data": {"limit": 5}}, where="test"), ComparisonFolder(tmp_path), 1)
    lock = job.folder.cell("x").lock
    command = [sys.executable, "-c", HOLDING, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        threading.Timer(1.0, process.stdin.close).start()
        assert "limit 5 is too small" in (in_a_process(job) or "")


def test_a_cell_that_waits_for_another_process_is_stopped(tmp_path: Path) -> None:
    """If this fails, Ctrl-C waits as long as the cell would, up to eleven minutes."""
    job = Job("x", tiny(), ComparisonFolder(tmp_path), 1)
    command = [sys.executable, "-c", HOLDING, str(job.folder.cell("x").lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        threading.Timer(1.0, worker.stop_all).start()
        with pytest.raises(UserError, match="in use by process"):
            in_a_process(job)
        worker.may_begin()
        process.communicate()
