"""From data to report, and the same after a kill at a random moment of any stage."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from endings import same_end
from tiny import tiny_recipe

import dsrna
from dsrna.recipes import to_yaml
from dsrna.runtime.run_folder import RunFolder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    dsrna.run(tiny_recipe(), folder)
    return RunFolder(folder)


def test_every_stage_leaves_its_files(alone: RunFolder) -> None:
    """If this fails, a stage of the line does nothing, or writes somewhere else."""
    for path in (
        alone.recipe,
        alone.environment,
        alone.genotype,
        alone.found,
        alone.search_history,
        alone.cell("normal"),
        alone.cell("reduce"),
        alone.weights,
        alone.model,
        alone.training_history,
        alone.attack,
        alone.attack_images,
        alone.certify,
        alone.report,
    ):
        assert path.stat().st_size > 0, path


def test_the_report_shows_the_results(alone: RunFolder) -> None:
    """If this fails, the page shows other numbers than the files, or needs the network."""
    page = alone.report.read_text()
    clean = json.loads(alone.attack.read_text())["clean"]
    assert f"{100 * clean['correct'] / clean['total']:.1f}" in page
    assert "pgd-10" in page
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_a_finished_run_is_not_run_again(alone: RunFolder) -> None:
    """If this fails, the same command throws results away."""
    before = {path: path.stat().st_mtime_ns for path in (alone.genotype, alone.weights, alone.attack, alone.certify)}
    result = dsrna.run(tiny_recipe(), alone.path)
    assert result.genotype.to_dict() == json.loads(alone.genotype.read_text())
    assert before == {path: path.stat().st_mtime_ns for path in before}


REACHED: tuple[Callable[[RunFolder], Path], ...] = (
    lambda folder: folder.search_checkpoints,
    lambda folder: folder.training_checkpoints,
    lambda folder: folder.model,
    lambda folder: folder.attack,
)
"""What is there once the search, the training, the attack and the certification are under way."""


def test_a_run_that_is_killed_in_every_stage_goes_on_to_the_same_end(alone: RunFolder, tmp_path: Path) -> None:
    """If this fails, kill -9 costs the run, or changes the genotype, the weights or the results."""
    folder = RunFolder(tmp_path / "run")
    for reached in REACHED:
        _kill_when_reached(reached(folder), folder, tmp_path)
    dsrna.run(tiny_recipe(), folder.path)
    same_end(folder, alone)


def _kill_when_reached(mark: Path, folder: RunFolder, scratch: Path) -> None:
    config = scratch / "tiny.yaml"
    config.write_text(to_yaml(tiny_recipe()))
    command = [sys.executable, "-m", "dsrna", "run", "digits", "--config", str(config), "--out", str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(random.uniform(0, 0.5))
        process.kill()
    assert mark.exists(), "the run never came to the stage"
