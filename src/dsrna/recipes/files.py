"""Recipes as YAML, and recipes with some fields put in place of others."""

from pathlib import Path
from typing import Any

import yaml

from dsrna.recipes.implied import with_implied
from dsrna.recipes.merging import merged
from dsrna.recipes.recipe import Recipe
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.runtime.yaml_files import read_yaml


def to_yaml(recipe: Recipe) -> str:
    return yaml.safe_dump(to_plain(recipe), sort_keys=False)


def load(path: Path) -> Recipe:
    """Read the recipe that a run saved."""
    return from_plain(Recipe, read_yaml(path), where=str(path))


def overridden(recipe: Recipe, changes: dict[str, Any], *, where: str) -> Recipe:
    """Return the recipe with fields, given as nested plain data, in place of its own.

    What goes with a field that is given follows it (``with_implied``).
    """
    return from_plain(Recipe, merged(to_plain(recipe), with_implied(recipe, changes)), where=where)
