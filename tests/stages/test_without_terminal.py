"""A command that nobody watches: no terminal, no streams, no home."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import shortest_recipe

from dsrna.cli.console import Output, open_streams
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.recipes import to_yaml
from dsrna.runtime.run_folder import RunFolder
from dsrna.threat import Eps

SCRIPT = """
import os
from dsrna.cli.console import Output, open_streams
open_streams()
assert os.open(os.devnull, os.O_RDONLY) > 2
"""


def bash(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_no_file_takes_the_place_of_a_closed_stream(closed: str) -> None:
    """If this fails, what a library prints is written into a checkpoint, where streams are closed."""
    done = bash(f'"$PYTHON" -c "$SCRIPT" {closed}', {**os.environ, "PYTHON": sys.executable, "SCRIPT": SCRIPT})
    assert done.returncode == 0


def test_a_run_needs_neither_streams_nor_a_home(tmp_path: Path) -> None:
    """If this fails, a run that was started by a timer, or by an account without a home, ends before its report."""
    base = shortest_recipe()
    recipe = replace(
        base,
        architecture="darts-v2",
        training=replace(base.training, epochs=1, checkpoint_minutes=0.0),
        attack=AttackSettings(attacks=("fgsm",), eps=(Eps(8 / 255),), images=4, sanity=0),
        certify=CertifySettings(eps=(Eps(1 / 255),), images=2),
    )
    (tmp_path / "my.yaml").write_text(to_yaml(recipe))
    folder = RunFolder(tmp_path / "run")
    command = f'"$PYTHON" -m dsrna run digits --config {tmp_path}/my.yaml --out {folder.path} <&- >&- 2>&-'
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    nowhere = {"PYTHON": sys.executable, "HOME": "/dev/null/nowhere", "TERM": "dumb", "COLUMNS": "1"}
    done = bash(command, {**kept, **nowhere})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert folder.report.exists()


def test_a_name_that_cannot_be_printed_is_printed_by_its_escape(tmp_path: Path) -> None:
    """If this fails, a run of hours ends in a traceback when it prints where its report is."""
    script = "from dsrna.cli.console import *; open_streams(); Output().print('\\udcff \\u2192')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "\\udcff \\u2192"


def test_streams_that_are_there_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a program that calls the command line prints nowhere afterwards."""
    open_streams()
    Output().print("here")
    assert capsys.readouterr().out == "here\n"
