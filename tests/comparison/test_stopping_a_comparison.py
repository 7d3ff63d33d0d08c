"""``dsrna compare`` stopped in the middle of a cell, and given again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsrna.cli import main
from dsrna.comparison import Comparison
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import read_json_lines
from dsrna.runtime.run_folder import RunFolder

EPOCHS = 12
PATIENCE = 180.0


def command(folder: Path) -> list[str]:
    grid = ["compare", "digits-small", "--methods", "random", "--seeds", "7,", "--no-controls", "--out", str(folder)]
    network = ["--network.cells=2", "--network.channels=4", "--data.limit=100", f"--training.epochs={EPOCHS}"]
    return [*grid, *network, "--attack.images=20", "--attack.attacks=fgsm", "--certify.images=4"]


def epochs(cell: RunFolder) -> list[dict[str, Any]]:
    return read_json_lines(cell.training_history) if cell.training_history.exists() else []


def stopped(folder: Path, cell: RunFolder, stop: Callable[[int], None]) -> int:
    """Stop a comparison once its cell has trained for some epochs; return its exit code."""
    started = [sys.executable, "-m", "dsrna", *command(folder)]
    with subprocess.Popen(started, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        begun = time.monotonic()
        while len(epochs(cell)) < 2 and time.monotonic() - begun < PATIENCE and process.poll() is None:
            time.sleep(0.02)
        stop(process.pid)
        return process.wait(PATIENCE)


def by_a_scheduler(process: int) -> None:
    os.kill(process, signal.SIGTERM)


def by_a_terminal(process: int) -> None:
    """Ctrl-C is sent to all that the terminal has in its foreground."""
    os.killpg(process, signal.SIGINT)


@pytest.mark.parametrize(
    ("stop", "code"), [(by_a_scheduler, 128 + signal.SIGTERM), (by_a_terminal, 128 + signal.SIGINT)]
)
def test_a_cell_that_was_stopped_goes_on(stop: Callable[[int], None], code: int, tmp_path: Path) -> None:
    """If this fails, a grid that is stopped loses hours of the cell that it was at."""
    cell = ComparisonFolder(tmp_path).cell("random-standard-7")
    assert stopped(tmp_path, cell, stop) == code
    assert "stopped by SIGTERM" in ComparisonFolder(tmp_path).log(cell.path.name).read_text()
    before = epochs(cell)
    assert 2 <= len(before) < EPOCHS
    assert Comparison.load(tmp_path).rows == ()
    assert main(command(tmp_path)) == 0
    after = epochs(cell)
    # Their seconds would be others if these epochs had been trained again.
    assert after[: len(before)] == before
    assert len(after) == EPOCHS
    assert [row.failure for row in Comparison.load(tmp_path).rows] == [None]
