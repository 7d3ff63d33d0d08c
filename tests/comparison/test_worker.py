"""The processes that run the cells of a comparison."""

import signal
import subprocess
import sys

import pytest

from dsrna.comparison import running, worker


def test_a_comparison_that_is_stopped_stops_its_cells() -> None:
    """If this fails, `kill` ends a comparison and leaves its runs behind, out of sight."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        worker._RUNNING.add(process)
        with pytest.raises(KeyboardInterrupt), running._stopping_cells():
            raise KeyboardInterrupt
        worker._RUNNING.discard(process)
    assert process.returncode == -signal.SIGTERM
