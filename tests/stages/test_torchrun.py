"""Searches and trainings on two processes, from the command line: where one is killed, all end and go on later."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import tiny_recipe

from dsrna.recipes import to_yaml
from dsrna.runtime.checkpoint import read_tensors
from dsrna.runtime.run_folder import RunFolder

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "dsrna")


def command(folder: Path, *options: str) -> list[str]:
    config = folder.parent / "recipe.yaml"
    config.write_text(to_yaml(tiny_recipe()))
    return [*TORCHRUN, "run", "digits", "--config", str(config), "--out", str(folder), *options]


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


def left(folder: RunFolder) -> tuple[object, ...]:
    """What a search leaves, but for its times, and a training's weights."""
    tensors, _ = read_tensors(max(folder.search_checkpoints.iterdir()))
    rows = [json.loads(line) for line in folder.search_history.read_text().splitlines()]
    history = [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
    checkpoint = {name: value.numpy().tobytes() for name, value in tensors.items()}
    return folder.genotype.read_text(), history, checkpoint, folder.weights.read_bytes()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of two processes that both lived."""
    folder = RunFolder(tmp_path_factory.mktemp("alone") / "run")
    finish(command(folder.path))
    return folder


@pytest.mark.parametrize("rank", [0, 1])
def test_where_one_process_is_killed_all_end_and_the_same_command_goes_on(
    rank: int, alone: RunFolder, tmp_path: Path
) -> None:
    """If this fails, one lost machine, that of the files too, leaves the others hanging, or costs a run its result."""
    killed = RunFolder(tmp_path / "run")
    stages = (killed.search_checkpoints, killed.genotype), (killed.training_checkpoints, killed.model)
    for checkpoints, result in stages:
        code, said = killed_after_an_epoch(command(killed.path), checkpoints, rank)
        assert code != 0
        assert len(re.findall(r"^dsrna: error: .* the same command goes on", said, flags=re.MULTILINE)) == 1
        assert not result.exists()
    finish(command(killed.path))
    assert left(killed) == left(alone)


def test_a_batch_that_cannot_be_shared_is_one_line(tmp_path: Path) -> None:
    """If this fails, a mistake is told by each of several processes, or hangs. That another ended they may say."""
    search = done(command(tmp_path / "run", "--search.batch_size", "33"))
    assert search.returncode != 0
    (said,) = re.findall(r"^dsrna: error: (?!stopped, for another)(.*)", search.stderr, flags=re.MULTILINE)
    assert said.startswith("search.batch_size (33) must be a multiple of the number of processes (2)")
