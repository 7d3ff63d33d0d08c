"""Checkpoints of another recipe, or of another version, in the folder of a run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny_recipe

from dsrna.errors import UserError
from dsrna.recipes import Recipe
from dsrna.runtime.checkpoint import Checkpoints, read_tensors, write_tensors
from dsrna.runtime.run_folder import RunFolder
from dsrna.spaces import SpaceSettings
from dsrna.stages import begin, search_stage, train_stage

BASE = replace(
    tiny_recipe(),
    search=replace(tiny_recipe().search, epochs=1, warmup_epochs=0),
    training=replace(tiny_recipe().training, epochs=1),
)
OTHERS: dict[str, Recipe] = {
    "seed": replace(BASE, seed=1),
    "search": replace(BASE, search=replace(BASE.search, learning_rate=0.5)),
    "space": replace(BASE, space=SpaceSettings(cells=2, channels=8, nodes=2, partial_channels=2)),
    "training": replace(BASE, training=replace(BASE.training, learning_rate=0.5)),
    "network": replace(BASE, network=replace(BASE.network, channels=8)),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = begin(BASE, tmp_path_factory.mktemp("base") / "run")
    search_stage(run)
    train_stage(run)
    return run.folder


def put(source: Path, target: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> None:
    """Put checkpoints of one run into another's folder."""
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        tensors, meta = read_tensors(path)
        change(meta["state"])
        write_tensors(target / path.name, tensors, {"step": meta["step"], "state": meta["state"]})


@pytest.mark.parametrize("what", ["seed", "search", "space"])
def test_a_search_of_another_recipe_is_refused(what: str, base: RunFolder, tmp_path: Path) -> None:
    """If this fails, a search goes on from another one, or begins again in silence."""
    run = begin(OTHERS[what], tmp_path / "run")
    put(base.search_checkpoints, run.folder.search_checkpoints)
    with pytest.raises(UserError, match="checkpoint holds (a|the) search"):
        search_stage(run)
    assert Checkpoints(run.folder.search_checkpoints).latest() is not None


@pytest.mark.parametrize("what", ["seed", "training", "network"])
def test_a_training_of_another_recipe_is_refused(what: str, base: RunFolder, tmp_path: Path) -> None:
    """If this fails, a training goes on from another one, or begins again in silence."""
    run = begin(replace(OTHERS[what], architecture=str(base.genotype)), tmp_path / "run")
    search_stage(run)
    put(base.training_checkpoints, run.folder.training_checkpoints)
    with pytest.raises(UserError, match="checkpoint holds a training"):
        train_stage(run)
    assert Checkpoints(run.folder.training_checkpoints).latest() is not None


@pytest.mark.parametrize("name", ["history", "best", "under_way"])
def test_a_training_of_another_version_is_refused(name: str, base: RunFolder, tmp_path: Path) -> None:
    """If this fails, a checkpoint that lacks what is needed is a traceback."""
    run = begin(replace(BASE, architecture=str(base.genotype)), tmp_path / "run")
    search_stage(run)
    put(base.training_checkpoints, run.folder.training_checkpoints, lambda state: state.pop(name))
    with pytest.raises(UserError, match="another network, or version"):
        train_stage(run)


def test_a_search_of_another_version_is_refused(base: RunFolder, tmp_path: Path) -> None:
    """If this fails, a checkpoint that lacks what is needed is a traceback."""
    run = begin(BASE, tmp_path / "run")
    put(base.search_checkpoints, run.folder.search_checkpoints, lambda state: state.pop("history"))
    with pytest.raises(UserError, match="another supernet, or version"):
        search_stage(run)


def test_a_search_from_before_they_said_whose_they_are_goes_on(base: RunFolder, tmp_path: Path) -> None:
    """If this fails, an update costs every search that is under way."""
    run = begin(BASE, tmp_path / "run")
    new = ("identity", "under_way", "steps", "setbacks")
    put(base.search_checkpoints, run.folder.search_checkpoints, lambda state: [state.pop(name) for name in new])
    assert search_stage(run).to_json() == base.genotype.read_text().strip()
