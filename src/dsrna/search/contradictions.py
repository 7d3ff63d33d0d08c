"""Settings that would silently do nothing under the method and the goal that they are given with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import product
from typing import Any, Final

import torch
from torch import Tensor, nn

from dsrna.bounds import margin_bound
from dsrna.errors import UserError
from dsrna.runtime.serialise import to_plain
from dsrna.search.methods import METHODS, Method
from dsrna.search.settings import SearchSettings, is_certified
from dsrna.search.stopping import BACK

MARGINS: Final = {"certified-margin", "certified-radius", "margin-jacobian"}
"""Metrics that look at margins."""

WITHOUT_EPS: Final = {"jacobian", "margin-jacobian", "certified-radius", "curvature"}
"""Metrics that do not depend on ``search.eps``: they have a radius of their own, or none."""

WITHOUT_NORM: Final = {"curvature"}
"""Metrics whose norm is not ``search.norm``."""

Use = Callable[[Method], bool]
"""What a field needs of the method, for it to do anything."""

CAPACITY: Final[dict[str, Use]] = dict.fromkeys(("params", "macs"), lambda method: not method.progressive)
"""The fields that make methods comparable: one that cannot keep to them is no contender."""

USED: Final[dict[str, Use]] = {
    **CAPACITY,
    "gamma": lambda method: method.searches and bool(method.metrics) and not method.balanced,
    "metric": lambda method: not MARGINS.isdisjoint(method.metrics),
    "norm": lambda method: not WITHOUT_NORM.issuperset(method.metrics),
    "jacobian_eps": lambda method: "jacobian" in method.metrics,
    "curvature_step": lambda method: "curvature" in method.metrics,
    "order": lambda method: method.searches,
    "balance": lambda method: method.balanced,
    "adversary": lambda method: method.examples != "clean",
    "certified": lambda method: method.certifies,
    "perturbation": lambda method: method.perturbation != "none",
    "candidates": lambda method: not method.searches and bool(method.metrics),
    "lipschitz": lambda method: method.draws,
    "progressive": lambda method: method.progressive,
    "compile": lambda method: method.searches and not (method.certifies or method.progressive),
    "like": lambda method: not method.searches,
    "watch": lambda method: method.searches,
    "stopping": lambda method: method.searches and not method.progressive,
}
"""The fields that no recipe sets for all methods. Sizes and schedules stay with the recipe and are free."""

SET_BY_RECIPES: Final[dict[str, Use]] = {
    "eps": lambda method: not WITHOUT_EPS.issuperset(method.metrics),
    "metric_batch": lambda method: method.searches and not all(map(is_certified, method.metrics)),
    "bound_batch": lambda method: method.searches and any(map(is_certified, method.metrics)),
}
"""Those that recipes set whatever the method: of these only what somebody gives is held against it."""

PARTS: Final[dict[str, dict[str, Use]]] = {
    "adversary": dict.fromkeys(("steps", "step"), lambda method: method.examples == "adversarial"),
    "metric": {
        "bound": lambda method: any(map(is_certified, method.metrics)),
        "steps": lambda method: "certified-radius" in method.metrics,
    },
    "perturbation": {"steps": lambda method: method.perturbation == "adversarial"},
}
"""Parts of fields that fewer methods use than the field: again only what somebody gives."""


def check_used(settings: SearchSettings, goal: str) -> None:
    """Raise ``UserError`` for a field that was changed and does nothing, or a rule that has no time to."""
    method, defaults = METHODS[settings.method].under(goal), SearchSettings()
    for field in fields(settings):
        changed = getattr(settings, field.name) != getattr(defaults, field.name)
        if changed and field.name in USED and not USED[field.name](method):
            raise _refused(field.name, USED[field.name], [settings.method], [goal])
    searched = settings.epochs - settings.warmup_epochs
    if settings.stopping != "none" and searched <= BACK:
        raise UserError(
            f"search.stopping {settings.stopping} compares over {BACK} epochs after the warm-up, and never ends a "
            f"search of {searched}; raise search.epochs ({settings.epochs}), or leave it out"
        )


def idle(method: str, goal: str) -> tuple[str, ...]:
    """Return the fields that do nothing under the method and may differ between methods that are compared."""
    under = METHODS[method].under(goal)
    return tuple(name for name, used in USED.items() if name not in CAPACITY and not used(under))


def check_given(given: Mapping[str, Any], methods: Sequence[str], goals: Sequence[str]) -> None:
    """Raise ``UserError`` for a field, as plain data, that somebody gave and that no method uses under any goal.

    To put a field back to its default is no mistake, but for those that recipes set.
    """
    pairs = list(product(methods, goals))
    for name, used in _needed(given):
        if pairs and not any(used(METHODS[method].under(goal)) for method, goal in pairs):
            raise _refused(name, used, methods, goals)


def _needed(given: Mapping[str, Any]) -> Iterator[tuple[str, Use]]:
    """Yield the fields, and the parts of fields, that were given, with what each needs of the method."""
    defaults = to_plain(SearchSettings())
    for name, value in given.items():
        before = defaults.get(name)
        # Of a field that has parts those that were not given stay as they are.
        parts = value if isinstance(value, Mapping) and isinstance(before, Mapping) else {}
        changed = [part for part in parts if parts[part] != before.get(part)]
        if name in SET_BY_RECIPES:
            yield name, SET_BY_RECIPES[name]
        elif name in USED and (changed or (not parts and value != before)):
            yield name, USED[name]
        yield from ((f"{name}.{part}", PARTS[name][part]) for part in changed if part in PARTS.get(name, {}))


def _refused(name: str, used: Use, methods: Sequence[str], goals: Sequence[str]) -> UserError:
    fit = [record.name for record in METHODS if any(used(record.value.under(goal)) for goal in goals)]
    others = f"take one of {', '.join(fit)}" if fit else "take another goal"
    under = f"method {', '.join(methods)} and goal {' or '.join(goals)}"
    return UserError(f"search.{name} does nothing under {under}; leave it out, or {others}")


@torch.no_grad()
def check_bounded(model: nn.Module, x: Tensor, y: Tensor, method: Method) -> None:
    """Raise ``UserError`` that names an operation without a bound, where the method needs one: before any training."""
    if method.certifies or any(map(is_certified, method.metrics)):
        margin_bound(model, x, y, 0.0, method="interval")
