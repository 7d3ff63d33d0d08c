"""The processes that run the cells of a comparison."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dsrna.comparison import worker
from dsrna.comparison.places import Local
from dsrna.errors import UserError
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
