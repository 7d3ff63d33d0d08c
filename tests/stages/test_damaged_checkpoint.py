"""A stage that goes on although its newest checkpoint is damaged."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from endings import same_rows
from safetensors.torch import load_file
from tiny import tiny_recipe

from dsrna.recipes import Recipe
from dsrna.runtime.progress import Silent
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import Run, begin, search_stage, train_stage

Damage = Callable[[bytes], bytes]


class Hearing(Silent):
    """Notes what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


class Stopping(Silent):
    """Stops a stage after so many epochs."""

    def __init__(self, epochs: int) -> None:
        self.left = epochs

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def turned(content: bytes) -> bytes:
    """Turn a bit near the end, of a tensor."""
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def recipe() -> Recipe:
    tiny = tiny_recipe()
    return replace(tiny, training=replace(tiny.training, epochs=3))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nobody stopped."""
    run = begin(recipe(), tmp_path_factory.mktemp("alone") / "run")
    search_stage(run)
    train_stage(run)
    return run.folder


def gone_on(stage: Callable[[Run], object], run: Run, checkpoints: Path, damage: Damage) -> list[str]:
    """Stop a stage after two epochs, damage its newest checkpoint, and go on; return what is said."""
    with pytest.raises(KeyboardInterrupt):
        stage(replace(run, reporter=Stopping(2)))
    newest = max(checkpoints.glob("step-*"))
    newest.write_bytes(damage(newest.read_bytes()))
    hearing = Hearing()
    stage(replace(run, reporter=hearing))
    return [text for text in hearing.said if newest.name in text]


@pytest.mark.parametrize("damage", [turned, cut])
def test_a_search_goes_on_from_the_checkpoint_before(alone: RunFolder, tmp_path: Path, damage: Damage) -> None:
    """If this fails, a disk's fault costs a search, or leads it elsewhere without a word."""
    run = begin(recipe(), tmp_path / "run")
    (said,) = gone_on(search_stage, run, run.folder.search_checkpoints, damage)
    assert "goes on from the one before" in said
    assert run.folder.genotype.read_bytes() == alone.genotype.read_bytes()
    same_rows(run.folder.search_history, alone.search_history)


@pytest.mark.parametrize("damage", [turned, cut])
def test_a_training_goes_on_from_the_checkpoint_before(alone: RunFolder, tmp_path: Path, damage: Damage) -> None:
    """If this fails, a disk's fault costs a training, or ends it in other weights without a word."""
    run = begin(recipe(), tmp_path / "run")
    search_stage(run)
    (said,) = gone_on(train_stage, run, run.folder.training_checkpoints, damage)
    assert "goes on from the one before" in said
    left, right = load_file(run.folder.weights), load_file(alone.weights)
    assert all(left[name].equal(right[name]) for name in right)
    same_rows(run.folder.training_history, alone.training_history)
