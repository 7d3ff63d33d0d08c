"""Settings that would silently do nothing under the method and the goal that they are given with."""

from collections.abc import Callable
from dataclasses import fields
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.bounds import margin_bound
from dsrna.errors import UserError
from dsrna.search.methods import METHODS, Method
from dsrna.search.settings import SearchSettings

MARGINS: Final = {"certified-margin", "certified-radius", "margin-jacobian"}
"""Metrics that look at margins."""

USED: Final[dict[str, Callable[[Method], bool]]] = {
    "gamma": lambda method: bool(method.metrics) and not method.balanced,
    "metric": lambda method: not MARGINS.isdisjoint(method.metrics),
    "jacobian_eps": lambda method: "jacobian" in method.metrics,
    "curvature_step": lambda method: "curvature" in method.metrics,
    "order": lambda method: method.searches,
    "balance": lambda method: method.balanced,
    "adversary": lambda method: method.examples != "clean",
    "certified": lambda method: method.certifies,
    "perturbation": lambda method: method.perturbation != "none",
    "lipschitz": lambda method: method.draws,
    "progressive": lambda method: method.progressive,
    "params": lambda method: not method.progressive,
    "macs": lambda method: not method.progressive,
    "stopping": lambda method: not method.progressive,
}
"""What a field needs of the method, for it to do anything. Sizes and schedules stay with the recipe and are free."""


def check_used(settings: SearchSettings, goal: str) -> None:
    """Raise ``UserError`` for a field that was changed and does nothing."""
    method, defaults = METHODS[settings.method].under(goal), SearchSettings()
    for field in fields(settings):
        changed = getattr(settings, field.name) != getattr(defaults, field.name)
        if changed and field.name in USED and not USED[field.name](method):
            fit = [record.name for record in METHODS if USED[field.name](record.value.under(goal))]
            others = f"take one of {', '.join(fit)}" if fit else "take another goal"
            raise UserError(
                f"search.{field.name} does nothing under method {settings.method} and goal {goal}; "
                f"leave it out, or {others}"
            )


@torch.no_grad()
def check_bounded(model: nn.Module, x: Tensor, y: Tensor, method: Method) -> None:
    """Raise ``UserError`` that names an operation without a bound, where the method needs one: before any training."""
    if method.certifies or any(name.startswith("certified") for name in method.metrics):
        margin_bound(model, x, y, 0.0, method="interval")
