"""``dsrna compare`` stopped in the middle of a cell, and given again."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

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


def stopped(folder: Path, cell: RunFolder) -> int:
    """Stop a comparison by SIGTERM once its cell has trained for some epochs; return its exit code."""
    with subprocess.Popen([sys.executable, "-m", "dsrna", *command(folder)], stdout=subprocess.DEVNULL) as process:
        begun = time.monotonic()
        while len(epochs(cell)) < 2 and time.monotonic() - begun < PATIENCE and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE)


def test_a_cell_that_was_stopped_goes_on(tmp_path: Path) -> None:
    """If this fails, a grid that is stopped loses hours of the cell that it was at."""
    cell = ComparisonFolder(tmp_path).cell("random-standard-7")
    assert stopped(tmp_path, cell) == 128 + signal.SIGTERM
    before = epochs(cell)
    assert 2 <= len(before) < EPOCHS
    assert Comparison.load(tmp_path).rows == ()
    assert main(command(tmp_path)) == 0
    after = epochs(cell)
    # Their seconds would be others if these epochs had been trained again.
    assert after[: len(before)] == before
    assert len(after) == EPOCHS
    assert [row.failure for row in Comparison.load(tmp_path).rows] == [None]
