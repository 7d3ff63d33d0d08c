"""Searches and trainings on two processes, from the command line: where one is killed, all end and go on later."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tiny import tiny_recipe

from dsrna.recipes import to_yaml
from dsrna.runtime.checkpoint import read_tensors
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import begin, search_stage
from dsrna.training import TrainingSettings

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "dsrna")


def command(folder: Path, *options: str) -> list[str]:
    config = folder.parent / "recipe.yaml"
    config.write_text(to_yaml(tiny_recipe()))
    return [*TORCHRUN, "search", "digits", "--config", str(config), "--out", str(folder), *options]


def done(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=200)


def finish(command: list[str]) -> None:
    ended = done(command)
    assert ended.returncode == 0, ended.stderr


def killed_after_an_epoch(command: list[str], checkpoints: Path, rank: int) -> tuple[int, str]:
    """Start a command, kill one process after the first epoch; return the exit code and what was said."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as stage:
        while not list(checkpoints.glob("step-*")):
            assert stage.poll() is None
            time.sleep(0.01)
        os.kill(worker(stage.pid, rank), signal.SIGKILL)
        return stage.wait(timeout=60), stage.communicate()[1]


def worker(launcher: int, rank: int) -> int:
    """The process of that rank, among the children of torchrun."""
    for child in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split():
        if f"RANK={rank}".encode() in Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
            return int(child)
    raise AssertionError("torchrun has no such child")


def found(folder: RunFolder) -> tuple[str, list[dict[str, Any]], dict[str, bytes]]:
    """What a search leaves, but for its times."""
    tensors, _ = read_tensors(max(folder.search_checkpoints.iterdir()))
    rows = [json.loads(line) for line in folder.search_history.read_text().splitlines()]
    history = [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
    return folder.genotype.read_text(), history, {name: value.numpy().tobytes() for name, value in tensors.items()}


def test_a_killed_process_ends_the_search_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """If this fails, one lost machine leaves the others hanging, or costs the search its result."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    alone, killed = RunFolder(tmp_path / "a" / "run"), RunFolder(tmp_path / "b" / "run")
    finish(command(alone.path))
    code, said = killed_after_an_epoch(command(killed.path), killed.search_checkpoints, rank=1)
    assert code != 0
    assert len(re.findall(r"^dsrna: error: .* the same command goes on", said, flags=re.MULTILINE)) == 1
    assert not killed.genotype.exists()
    finish(command(killed.path))
    assert found(killed) == found(alone)


def test_a_batch_that_cannot_be_shared_is_one_line(tmp_path: Path) -> None:
    """If this fails, a mistake on several processes is told by each of them, or hangs."""
    search = done(command(tmp_path / "run", "--search.batch_size", "33"))
    assert search.returncode != 0
    (said,) = re.findall(r"^dsrna: error: (.*)", search.stderr, flags=re.MULTILINE)
    assert said.startswith("search.batch_size (33) must be a multiple of the number of processes (2)")


def test_a_killed_process_ends_the_training_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """If this fails, a training on several machines is not taken up where it was left, or the first trains alone."""
    recipe = replace(tiny_recipe(), architecture="darts-v2", training=TrainingSettings(epochs=3, batch_size=64))
    folders = [RunFolder(tmp_path / name) for name in ("a", "b")]
    for folder in folders:
        search_stage(begin(recipe, folder.path))
    alone, killed = folders
    train = [[*TORCHRUN, "train", str(folder.path)] for folder in folders]
    finish(train[0])
    code, said = killed_after_an_epoch(train[1], killed.training_checkpoints, rank=1)
    assert code != 0
    assert len(re.findall(r"^dsrna: error: .* the same command goes on", said, flags=re.MULTILINE)) == 1
    assert not killed.model.exists()
    finish(train[1])
    assert killed.weights.read_bytes() == alone.weights.read_bytes()
    assert len(killed.training_history.read_text().splitlines()) == 3
