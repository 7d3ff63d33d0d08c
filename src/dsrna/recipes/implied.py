"""Fields that go together: where one is given, others follow unless they are given too."""

from typing import Any

from dsrna.recipes.merging import merged
from dsrna.recipes.recipe import CERTIFICATE_FOR, TRAINING_FOR, Recipe, goal_of
from dsrna.runtime.serialise import to_plain
from dsrna.search import METHODS, SearchSettings, idle
from dsrna.spaces import SPACES, NetworkSettings, SpaceSettings


def with_implied(recipe: Recipe, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with what they imply.

    Goal and training method go together. Under the goal ``certified`` so does the bound that the network is trained
    by, as the method of its certificates. A search method brings fields of its own; it and a goal put back to the
    default what does nothing under them. Another space than the recipe's comes with its own operations, and puts back
    to the default what was chosen for the recipe's.
    """
    return _with_space(recipe, _with_method(recipe, _with_goal(recipe, changes)))


def _with_goal(recipe: Recipe, changes: dict[str, Any]) -> dict[str, Any]:
    training = changes.get("training")
    method = training.get("method") if isinstance(training, dict) else None
    goal = changes.get("goal", goal_of(method) if isinstance(method, str) else None)
    if not isinstance(goal, str) or goal not in TRAINING_FOR:
        return changes
    before = recipe.training.method
    implied = {"goal": goal, "training": {"method": before if goal_of(before) == goal else TRAINING_FOR[goal]}}
    return merged(implied | CERTIFICATE_FOR.get(goal, {}), changes)


def _with_method(recipe: Recipe, changes: dict[str, Any]) -> dict[str, Any]:
    search, goal = changes.get("search"), changes.get("goal", recipe.goal)
    given = search.get("method") if isinstance(search, dict) else None
    method = given or recipe.search.method
    known = isinstance(method, str) and method in METHODS and isinstance(goal, str) and goal in TRAINING_FOR
    if not known or (given is None and goal == recipe.goal):
        return changes
    defaults = to_plain(SearchSettings())
    implied = {"search": {name: defaults[name] for name in idle(method, goal)}}
    brought = dict(METHODS[method].fields) if given else {}
    return merged(merged(implied, brought), changes)


def _with_space(recipe: Recipe, changes: dict[str, Any]) -> dict[str, Any]:
    space = changes.get("space")
    name = space.get("name") if isinstance(space, dict) else None
    if not isinstance(name, str) or name == recipe.space.name or name not in SPACES:
        return changes
    implied = {
        "space": {
            "operations": list(SPACES[name].operations),
            "nodes": SpaceSettings.nodes,
            "partial_channels": SpaceSettings.partial_channels,
            "stem": SpaceSettings.stem,
        },
        "network": {"stem": NetworkSettings.stem, "auxiliary": NetworkSettings.auxiliary},
    }
    return merged(implied, changes)
