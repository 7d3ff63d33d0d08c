"""Recipes as YAML, and recipes with some fields put in place of others."""

from pathlib import Path
from typing import Any

import yaml

from dsrna.errors import UserError
from dsrna.recipes.recipe import CERTIFICATE_FOR, TRAINING_FOR, Recipe
from dsrna.runtime.files import read_text
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.search import METHODS


def to_yaml(recipe: Recipe) -> str:
    return yaml.safe_dump(to_plain(recipe), sort_keys=False)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of recipe fields, all or some, as nested plain data."""
    try:
        plain = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(plain, dict):
        raise UserError(f"{path}: a recipe is a mapping of fields, not {type(plain).__name__}")
    return plain


def load(path: Path) -> Recipe:
    """Read the recipe that a run saved."""
    return from_plain(Recipe, read_yaml(path), where=str(path))


def overridden(recipe: Recipe, changes: dict[str, Any], *, where: str) -> Recipe:
    """Return the recipe with fields, given as nested plain data, in place of its own.

    Goal and training method go together: where one is given, the other follows. Under the goal ``certified`` so does
    the bound that the network is trained by, as the method of its certificates. A search method brings fields of its
    own. What ``changes`` say themselves is left as they say it.
    """
    return from_plain(Recipe, merged(to_plain(recipe), _with_method(_with_goal(changes))), where=where)


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the leaves of ``changes`` in place of its own."""
    result = dict(base)
    for name, value in changes.items():
        inner = result.get(name)
        result[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result


def _with_goal(changes: dict[str, Any]) -> dict[str, Any]:
    training = changes.get("training")
    method = training.get("method") if isinstance(training, dict) else None
    goals = {training: goal for goal, training in TRAINING_FOR.items()}
    goal = changes.get("goal", goals.get(method) if isinstance(method, str) else None)
    if not isinstance(goal, str) or goal not in TRAINING_FOR:
        return changes
    implied = {"goal": goal, "training": {"method": TRAINING_FOR[goal]}}
    return merged(implied | CERTIFICATE_FOR.get(goal, {}), changes)


def _with_method(changes: dict[str, Any]) -> dict[str, Any]:
    search = changes.get("search")
    method = search.get("method") if isinstance(search, dict) else None
    if not isinstance(method, str) or method not in METHODS:
        return changes
    return merged({room: dict(fields) for room, fields in METHODS[method].fields.items()}, changes)
