"""The named recipes: saved and read back, and what they claim to be."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dsrna.errors import UserError
from dsrna.evaluation import CertifySettings
from dsrna.recipes import RECIPES, Recipe, load, merged, named, overridden, to_yaml


@pytest.mark.parametrize("name", RECIPES.names())
def test_a_recipe_is_saved_and_read_back(name: str, tmp_path: Path) -> None:
    """If this fails, the recipe in a run folder is not the one that ran."""
    (tmp_path / "recipe.yaml").write_text(to_yaml(named(name)))
    assert load(tmp_path / "recipe.yaml") == named(name)


@pytest.mark.parametrize("name", ["paper-cifar10", "paper-mnist"])
def test_paper_recipes_hold_the_published_settings(name: str) -> None:
    """If this fails, 'paper' is not the publication: sizes, optimizers, gamma, order, epochs."""
    recipe = named(name)
    search = recipe.search
    assert (recipe.space.cells, recipe.space.channels, recipe.space.nodes) == (8, 16, 4)
    assert (search.epochs, search.gamma, search.order, search.method) == (50, 0.01, 2, "dsrna-combined")
    assert (search.learning_rate, search.momentum, search.weight_decay) == (0.025, 0.9, 3e-4)
    assert (search.architecture_learning_rate, search.architecture_weight_decay) == (3e-4, 1e-3)
    assert (recipe.network.cells, recipe.network.channels, recipe.training.epochs) == (20, 36, 600)
    assert recipe.training.holdout == 0.0


@pytest.mark.parametrize("name", RECIPES.names())
def test_all_but_the_published_recipes_can_choose_an_epoch(name: str) -> None:
    """If this fails, `--training pgd` ends overfitted under a recipe of ours, or 'paper' trains on fewer images."""
    assert (named(name).training.holdout == 0) is name.startswith("paper-")


def test_every_large_recipe_has_a_small_form() -> None:
    """If this fails, somebody without a GPU cannot try a data set."""
    for name in ("digits", "mnist", "cifar10", "imagenet", "folder"):
        assert {name, f"{name}-small"} <= set(RECIPES.names())


def test_part_of_a_tree_may_be_put_in_place() -> None:
    """If this fails, a config file must name every field, or loses those it does not name."""
    recipe = overridden(named("digits"), {"search": {"epochs": 11}}, where="here")
    assert recipe.search.epochs == 11
    assert recipe.search.gamma == named("digits").search.gamma


def test_goal_and_training_must_agree() -> None:
    """If this fails, a recipe claims a goal that its training does not serve."""
    plain = yaml.safe_load(to_yaml(named("digits")))
    plain["goal"] = "adversarial"
    with pytest.raises(UserError, match="agree"):
        overridden(named("digits"), plain, where="here")


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.getcwd []", "&a [*a]", "x: " + "[" * 5000])
def test_hostile_yaml_is_one_error(text: str, tmp_path: Path) -> None:
    """If this fails, a recipe from a stranger runs code or crashes the reader."""
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match="recipe.yaml"):
        load(path)


def numbers(settings: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """The fields of a tree of settings that hold a number with a fraction; a norm may be infinite."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            yield from numbers(value, *path, field.name)
        elif isinstance(value, float) and field.name != "norm":
            yield *path, field.name


@pytest.mark.parametrize("path", list(numbers(named("digits"))), ids=".".join)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_field_takes_what_is_no_number(path: tuple[str, ...], value: float) -> None:
    """If this fails, a run trains for hours on a setting that compares as neither too large nor too small."""
    changes: Any = value
    for name in reversed(path):
        changes = {name: changes}
    with pytest.raises(UserError):
        overridden(named("digits"), changes, where="here")


def test_a_recipe_is_frozen() -> None:
    """If this fails, a stage can change what a run was."""
    recipe: Recipe = named("digits")
    with pytest.raises(AttributeError):
        recipe.seed = 3  # type: ignore[misc]


@pytest.mark.parametrize("method", ["pgd", "trades", "fast", "free"])
def test_every_adversarial_training_brings_its_goal_and_keeps_it(method: str) -> None:
    """If this fails, the search is for networks trained otherwise, or naming the goal changes the training."""
    recipe = overridden(named("digits"), {"training": {"method": method}}, where="here")
    assert (recipe.goal, recipe.training.method) == ("adversarial", method)
    assert overridden(recipe, {"goal": "adversarial"}, where="here") == recipe
    assert overridden(recipe, {"goal": "standard"}, where="here").training.method == "standard"


@pytest.mark.parametrize("changes", [{"goal": "certified"}, {"training": {"method": "certified"}}])
def test_the_goal_of_certificates_brings_its_training_and_its_bound(changes: dict[str, Any]) -> None:
    """If this fails, a network trained by one bound is judged by another, slower one, or trained by none."""
    plain = replace(named("digits"), certify=CertifySettings("smoothing"))
    recipe = overridden(plain, changes, where="here")
    assert (recipe.goal, recipe.training.method, recipe.certify.method) == ("certified", "certified", "interval")
    own = overridden(plain, merged(changes, {"certify": {"method": "smoothing"}}), where="here")
    assert own.certify.method == "smoothing"


@pytest.mark.parametrize("name", ["digits-certified", "mnist-certified"])
def test_certified_recipes_are_judged_at_the_eps_they_are_trained_for(name: str) -> None:
    """If this fails, the figure that the recipe is for is not in its report."""
    recipe = named(name)
    assert recipe.goal == "certified"
    assert recipe.training.eps in recipe.certify.eps
    assert recipe.certify.images is None
