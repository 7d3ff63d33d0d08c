"""A few moments of ``make faults``."""

import subprocess
import sys
from pathlib import Path


def test_a_few_kills_lose_nothing() -> None:
    """If this fails, kill -9, in the middle of a write too, costs a run, or changes its end."""
    script = Path(__file__).with_name("faults_run.py")
    done = subprocess.run(
        [sys.executable, str(script), "--moments", "2"], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed at 2 moments" in done.stdout
