"""Recipes by name: each is a function that returns one."""

from collections.abc import Callable
from typing import Final

from dsrna.recipes.recipe import Recipe
from dsrna.registry import Registry

RECIPES: Final[Registry[Callable[[], Recipe]]] = Registry("recipe")


def named(name: str) -> Recipe:
    """Return the recipe registered as ``name``; an unknown one raises ``UserError`` with the known ones."""
    return RECIPES[name]()
