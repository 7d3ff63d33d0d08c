"""A network that is evaluated again under other settings, and stopped while that is written down."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from endings import same_end
from tiny import shortest_recipe

import dsrna
from dsrna.recipes import Recipe
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import Run, attack_stage, begin, certify_stage, evaluate
from dsrna.threat import Eps

OTHER = (Eps(0.3),)


def stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def attacked_otherwise(recipe: Recipe) -> Recipe:
    return replace(recipe, attack=replace(recipe.attack, eps=OTHER))


def certified_otherwise(recipe: Recipe) -> Recipe:
    return replace(recipe, certify=replace(recipe.certify, eps=OTHER))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that was evaluated once."""
    folder = RunFolder(tmp_path_factory.mktemp("alone") / "run")
    dsrna.run(shortest_recipe(), folder.path)
    return folder


ATTACK = (attack_stage, attacked_otherwise)
CERTIFY = (certify_stage, certified_otherwise)


@pytest.mark.parametrize(
    ("again", "write"),
    [
        *((ATTACK, write) for write in ("write_fates", "record", "write_json")),
        *((CERTIFY, write) for write in ("write_images", "record", "write_json")),
    ],
)
def test_what_was_asked_before_is_made_anew(
    again: tuple[Callable[[Run], object], Callable[[Recipe], Recipe]],
    write: str,
    alone: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If this fails, a number is reported for another eps than was asked for, or beside images of another attack."""
    (stage, otherwise), folder = again, RunFolder(tmp_path / "run")
    shutil.copytree(alone.path, folder.path)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(evaluate, write, stopped)
        stage(begin(otherwise(shortest_recipe()), folder.path))
    for each in (attack_stage, certify_stage):
        each(begin(shortest_recipe(), folder.path))
    same_end(folder, alone)
