"""The processes that run the cells of a comparison."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dsrna.comparison import worker
from dsrna.comparison.places import Local
from dsrna.runtime.comparison_folder import ComparisonFolder


def test_a_comparison_that_is_stopped_stops_its_cells(tmp_path: Path) -> None:
    """If this fails, `kill` ends a comparison and leaves its runs behind, out of sight."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        worker._RUNNING.add(process)
        with pytest.raises(KeyboardInterrupt), Local().opened(ComparisonFolder(tmp_path)):
            raise KeyboardInterrupt
        worker._RUNNING.discard(process)
    assert process.returncode == -signal.SIGTERM
