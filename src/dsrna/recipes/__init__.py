"""What a run is: the recipe, its YAML form, and the named recipes."""

from dsrna.recipes import cifar10, digits, folder, imagenet, mnist
from dsrna.recipes.files import load, overridden, to_yaml
from dsrna.recipes.merging import merged
from dsrna.recipes.recipe import Recipe, goal_of
from dsrna.recipes.registry import RECIPES, named
from dsrna.recipes.same import check_same

__all__ = [
    "RECIPES",
    "Recipe",
    "check_same",
    "cifar10",
    "digits",
    "folder",
    "goal_of",
    "imagenet",
    "load",
    "merged",
    "mnist",
    "named",
    "overridden",
    "to_yaml",
]
