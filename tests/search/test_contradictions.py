"""Options that would silently do nothing are refused, in one line."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.recipes import named, overridden
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import METHODS, SearchSettings, check_given, check_used, search
from dsrna.search.contradictions import SET_BY_RECIPES, USED
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import OPERATIONS, SpaceSettings, Supernet
from dsrna.threat import Eps, Norm


@pytest.mark.parametrize(
    ("goal", "given", "field"),
    [
        ("standard", {"method": "random", "gamma": 0.5}, "gamma"),
        ("standard", {"method": "random-ranked", "gamma": 0.5}, "gamma"),
        ("standard", {"method": "darts", "candidates": {"count": 3}}, "candidates"),
        ("standard", {"method": "random", "order": 2}, "order"),
        ("standard", {"method": "random", "watch": True}, "watch"),
        ("standard", {"method": "darts", "like": "racl"}, "like"),
        ("standard", {"method": "random-ranked", "stopping": "gap"}, "stopping"),
        ("standard", {"method": "dsrna-radius", "gamma": 0.5}, "gamma"),
        ("standard", {"method": "darts", "adversary": {"steps": 7}}, "adversary"),
        ("standard", {"method": "dsrna-radius", "adversary": {"steps": 7}}, "adversary"),
        ("standard", {"method": "dsrna-radius", "certified": {"weight": 0.1}}, "certified"),
        ("certified", {"method": "dsrna-cb", "certified": {"weight": 0.1}}, "certified"),
        ("standard", {"method": "dsrna-jacobian", "metric": {"bound": "crown"}}, "metric"),
        ("standard", {"method": "dsrna-cb", "jacobian_eps": "1/255"}, "jacobian_eps"),
        ("standard", {"method": "sdarts-rs", "lipschitz": {"ratio": 0.1}}, "lipschitz"),
        ("standard", {"method": "darts", "progressive": {"skips": 1}}, "progressive"),
        ("standard", {"method": "p-darts", "params": [9000]}, "params"),
        ("standard", {"method": "p-darts", "macs": [9000]}, "macs"),
        ("standard", {"method": "p-darts", "stopping": "gap"}, "stopping"),
        ("standard", {"method": "adversarial", "perturbation": {"steps": 3}}, "perturbation"),
        ("standard", {"method": "dsrna-cb", "balance": {"ratio": 0.1}}, "balance"),
        ("standard", {"method": "darts", "norm": "2"}, "norm"),
        ("standard", {"method": "advrush", "norm": "2"}, "norm"),
    ],
)
def test_an_option_that_does_nothing_is_refused(goal: str, given: dict[str, Any], field: str) -> None:
    """If this fails, somebody compares two runs that are one."""
    with pytest.raises(
        UserError, match=rf"search\.{field} does nothing under method {given['method']} and goal {goal}"
    ):
        overridden(named("digits"), {"goal": goal, "search": given}, where="option")


@pytest.mark.parametrize(
    ("goal", "given"),
    [
        ("standard", {"method": "dsrna-combined", "gamma": 0.5, "metric": {"bound": "crown"}, "jacobian_eps": 0.5}),
        ("adversarial", {"method": "dsrna-radius", "adversary": {"steps": 7}, "balance": {"ratio": 0.1}}),
        ("certified", {"method": "dsrna-radius", "certified": {"weight": 0.1}}),
        ("standard", {"method": "racl", "order": 2, "lipschitz": {"ratio": 0.1}}),
        ("standard", {"method": "p-darts", "order": 2, "progressive": {"skips": 1}, "watch": True}),
    ],
)
def test_an_option_that_does_something_is_not(goal: str, given: dict[str, Any]) -> None:
    """If this fails, a sound option cannot be given."""
    assert overridden(named("digits"), {"goal": goal, "search": given}, where="option").search.method == given["method"]


@pytest.mark.parametrize("method", METHODS.names())
@pytest.mark.parametrize("recipe", ["digits", "cifar10"])
def test_every_method_goes_with_the_recipes(method: str, recipe: str) -> None:
    """If this fails, ``--method`` alone is refused for what the recipe brings."""
    assert overridden(named(recipe), {"search": {"method": method}}, where="option").search.method == method


@pytest.mark.parametrize("method", METHODS.names())
def test_another_method_puts_back_what_does_nothing_under_it(method: str) -> None:
    """If this fails, a method cannot stand beside a recipe that was tuned for another, or is told what it ignores."""
    tuned = {"method": "dsrna-combined", "order": 2, "gamma": 0.5, "jacobian_eps": 0.5, "watch": True}
    recipe = overridden(named("digits"), {"search": {**tuned, "epochs": 10, "stopping": "gap"}}, where="tuned")
    found, defaults = overridden(recipe, {"search": {"method": method}}, where="option").search, SearchSettings()
    for name in USED:
        kept = recipe.search if USED[name](METHODS[method]) else defaults
        assert getattr(found, name) == getattr(kept, name), name


@pytest.mark.parametrize(
    ("method", "goal", "of_use"),
    [
        ("darts", "standard", set()),
        ("advrush", "standard", {"metric_batch"}),
        ("dsrna-cb", "standard", {"eps", "bound_batch"}),
        ("dsrna-jacobian", "standard", {"metric_batch"}),
        ("dsrna-combined", "standard", {"eps", "metric_batch", "bound_batch"}),
        ("dsrna-balanced", "standard", {"metric_batch"}),
        ("dsrna-balanced", "certified", {"bound_batch"}),
        ("random-ranked", "certified", set()),
    ],
)
def test_what_recipes_set_is_refused_where_it_is_given(method: str, goal: str, of_use: set[str]) -> None:
    """If this fails, somebody compares two radii that are one, or cannot give a radius that counts."""
    for name in SET_BY_RECIPES:
        if name in of_use:
            check_given({name: 1, "epochs": 2}, [method], [goal])
            check_given({name: 1}, ["darts", method], [goal])
            check_given({name: 1, "gamma": 0.5}, ["dsrna-cb", method], [goal])
        else:
            with pytest.raises(UserError, match=rf"search\.{name} does nothing under method {method} and goal {goal}"):
                check_given({name: 1}, [method], [goal])
    check_given(dict.fromkeys(SET_BY_RECIPES, 1), [], [goal])


def test_what_is_of_use_under_one_goal_may_be_given() -> None:
    """Else trainings for two goals cannot be compared with an option that is for one of them."""
    check_given({"adversary": {"steps": 5}}, ["dsrna-balanced"], ["standard", "adversarial"])
    with pytest.raises(UserError, match="adversary does nothing under method dsrna-balanced and goal standard or cert"):
        check_given({"adversary": {"steps": 5}}, ["dsrna-balanced"], ["standard", "certified"])


@pytest.mark.parametrize(
    ("method", "goal", "given", "of_use"),
    [
        ("dsrna-radius", "standard", {"metric": {"bound": "crown"}}, False),
        ("dsrna-radius", "standard", {"metric": {"targets": "all"}}, True),
        ("dsrna-radius", "certified", {"metric": {"bound": "crown", "steps": 3}}, True),
        ("dsrna-cb", "standard", {"metric": {"bound": "crown"}}, True),
        ("dsrna-cb", "standard", {"metric": {"steps": 3}}, False),
        ("noise", "standard", {"adversary": {"steps": 3}}, False),
        ("noise", "standard", {"adversary": {"step": 0.5}}, False),
        ("noise", "standard", {"adversary": {"eps": "1/255"}}, True),
        ("adversarial", "standard", {"adversary": {"steps": 3}}, True),
        ("sdarts-rs", "standard", {"perturbation": {"steps": 3}}, False),
        ("sdarts-rs", "standard", {"perturbation": {"last": 0.1}}, True),
        ("sdarts-adv", "standard", {"perturbation": {"steps": 3}}, True),
    ],
)
def test_a_part_of_a_field_that_does_nothing_is_refused(
    method: str, goal: str, given: dict[str, dict[str, Any]], *, of_use: bool
) -> None:
    """If this fails, somebody measures what a bound, or more steps, gain where neither is looked at."""
    if of_use:
        check_given(given, [method], [goal])
        return
    ((field, parts),) = given.items()
    with pytest.raises(UserError, match=rf"search\.{field}\.{next(iter(parts))} does nothing under method {method}"):
        check_given(given, [method], [goal])
    check_given(given, [method, "sdarts-adv", "adversarial", "dsrna-cb", "dsrna-balanced"], [goal, "certified"])


def test_a_rule_that_has_no_time_to_end_a_search_is_refused() -> None:
    """If this fails, somebody waits for an early end that cannot come, or cannot have one that can."""
    search = {"method": "darts", "warmup_epochs": 4, "stopping": "eigenvalue"}
    with pytest.raises(UserError, match=r"never ends a search of 5; raise search.epochs \(9\)"):
        overridden(named("digits"), {"search": {**search, "epochs": 9}}, where="option")
    assert overridden(named("digits"), {"search": {**search, "epochs": 10}}, where="option").search.epochs == 10


def test_a_field_may_be_put_back() -> None:
    """Else what a recipe brings cannot be taken from a method that has no use for it."""
    check_given({"params": None, "watch": False}, ["p-darts", "random"], ["standard"])
    check_given({"metric": {"bound": "crown-ibp"}, "balance": {"ratio": 0.5}}, ["darts"], ["standard"])
    held = overridden(named("digits"), {"search": {"params": [9_000]}}, where="held")
    free = overridden(held, {"search": {"method": "p-darts", "params": None}}, where="option")
    assert free.search.params is None


def test_another_goal_puts_back_what_does_nothing_under_it() -> None:
    """Else a recipe that was tuned for attacks cannot be run without them."""
    tuned = overridden(named("digits"), {"goal": "adversarial", "search": {"adversary": {"steps": 5}}}, where="tuned")
    assert overridden(tuned, {"seed": 3}, where="option").search.adversary.steps == 5
    assert overridden(tuned, {"goal": "standard"}, where="option").search.adversary == SearchSettings().adversary


@pytest.mark.parametrize("name", ["eps", "metric_batch", "bound_batch", "norm"])
@pytest.mark.parametrize("method", [record.name for record in METHODS if record.value.searches])
def test_what_is_refused_does_nothing(method: str, name: str) -> None:
    """If this fails, an option that counts is refused, or one that does nothing is not."""
    other = {"eps": 1e-3, "metric_batch": 3, "bound_batch": 3, "norm": Norm(2.0)}[name]
    settings = SearchSettings(method=method, epochs=3, warmup_epochs=1, eps=Eps(1e-2), metric_batch=2, bound_batch=2)
    found = []
    for each in (settings, replace(settings, **{name: other})):  # type: ignore[arg-type]
        with initialising(0):
            supernet = Supernet(SpaceSettings(cells=1, channels=4, nodes=1), classes=3, generator=generator(1))
        x, y = torch.rand(6, 3, 5, 5, generator=generator(2)), torch.arange(6) % 3
        Bilevel.make(supernet, each).architecture_step((x, y), (x, y), Moment(0.5, generator(3)))
        found.append(supernet.alpha["reduce"].grad)
    assert found[0] is not None
    assert found[1] is not None
    uses = {**USED, **SET_BY_RECIPES}[name]
    assert torch.equal(found[0], found[1]) == (not uses(METHODS[method]))


def test_the_table_speaks_of_fields() -> None:
    """If this fails, a field was renamed and its contradiction goes unseen."""
    assert {*USED, *SET_BY_RECIPES} <= set(SearchSettings.__dataclass_fields__)
    check_used(SearchSettings(), "standard")


class Unbounded(nn.Module):
    """An operation of which no bound is known."""

    def forward(self, x: Tensor) -> Tensor:
        return x.erf()


@pytest.mark.parametrize(("method", "goal"), [("dsrna-cb", "standard"), ("dsrna-radius", "certified")])
def test_an_operation_without_a_bound_is_named_before_training(
    method: str, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a search of days ends where the warm-up does."""
    record = replace(OPERATIONS.record("skip_connect"), name="strange", value=lambda *_: Unbounded())
    monkeypatch.setattr(OPERATIONS, "_records", {**OPERATIONS._records, "strange": record})
    space = SpaceSettings(cells=1, channels=2, nodes=1, operations=("none", "strange"))
    supernet = Supernet(space, classes=3, in_channels=1, generator=generator(1))
    images = TensorImages(torch.rand(8, 1, 4, 4, generator=generator(2)), torch.arange(8) % 3)
    before = {name: value.clone() for name, value in supernet.state_dict().items()}
    settings = SearchSettings(method=method, epochs=2, warmup_epochs=1, batch_size=4)
    with pytest.raises(UserError, match="erf"):
        search(supernet, images, images, settings, goal=goal)
    assert all(torch.equal(value, before[name]) for name, value in supernet.state_dict().items())
