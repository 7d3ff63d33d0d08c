"""A progressive search through the search stage, from recipe to genotype."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import tiny_recipe

from dsrna.errors import UserError
from dsrna.recipes import Recipe, overridden
from dsrna.runtime.run_folder import RunFolder
from dsrna.spaces import Genotype, load_architecture
from dsrna.stages import begin, search_stage


def progressive() -> Recipe:
    recipe = overridden(tiny_recipe(), {"space": {"cells": 5}, "search": {"method": "p-darts"}}, where="test")
    return replace(recipe, data=replace(recipe.data, limit=200))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = begin(progressive(), tmp_path_factory.mktemp("p-darts") / "run")
    search_stage(run)
    return run.folder


def test_the_stage_leaves_its_files(folder: RunFolder) -> None:
    """If this fails, `--method p-darts` ends before its genotype is written, or its stages share checkpoints."""
    genotype = load_architecture(folder.genotype)
    assert isinstance(genotype, Genotype)
    assert sum(name == "skip_connect" for name, _ in genotype.normal) <= 2
    rows = [json.loads(line) for line in folder.search_history.read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows[-1]["genotype"] == genotype.to_text()
    assert json.loads(folder.found.read_text())["parameters"] > 0
    assert {path.name for path in folder.search_checkpoints.iterdir()} == {f"stage-{number}" for number in (1, 2, 3)}


def test_a_killed_search_goes_on_to_the_same_end(folder: RunFolder, tmp_path: Path) -> None:
    """If this fails, the supernet of a later stage depends on whether the earlier ones ran in the same process."""
    run = begin(progressive(), tmp_path / "run")
    for number in (1, 2):
        part = folder.search_checkpoints / f"stage-{number}"
        copy = run.folder.search_checkpoints / part.name
        copy.mkdir(parents=True)
        for file in part.iterdir():
            (copy / file.name).write_bytes(file.read_bytes())
    assert search_stage(run) == load_architecture(folder.genotype)


def test_another_space_is_refused_at_once() -> None:
    """If this fails, the run begins, and ends in a traceback where candidates are dropped."""
    with pytest.raises(UserError, match="p-darts drops candidates of the cells of the space darts only"):
        overridden(
            progressive(), {"space": {"name": "nasbench201", "cells": 3}, "network": {"cells": 3}}, where="option"
        )
