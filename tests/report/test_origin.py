"""Where an architecture is from, in words."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from sample_run import RECIPE, full_run

from dsrna.report import write_card
from dsrna.report.origin import origin
from dsrna.report.run import read_run
from dsrna.runtime.files import write_text
from dsrna.search import METHODS


def said(path: Path, *, searched: bool, goal: str = "standard", architecture: str | None = None, **search: Any) -> str:
    """What is said of a run whose recipe has these fields of the search."""
    folder = full_run(path)
    recipe = yaml.safe_load(RECIPE)
    recipe |= {"goal": goal, "architecture": architecture, "search": recipe["search"] | search}
    write_text(folder.recipe, yaml.safe_dump(recipe))
    if not searched:
        folder.search_history.unlink()
    return origin(read_run(folder))


def test_a_search_is_called_by_its_method_and_its_metrics(tmp_path: Path) -> None:
    """If this fails, a plain search passes for one that looked for robustness, or a metric for another."""
    assert said(tmp_path, searched=True) == (
        "was searched for by dsrna-combined (maximise a certified lower bound of the margin plus the Jacobian bound, "
        "as published), for the goal standard. Its metric of robustness: certified-margin plus jacobian, "
        "weighed by gamma 0.01."
    )
    balanced = said(tmp_path, searched=True, goal="certified", method="dsrna-balanced")
    assert balanced.endswith(
        "for the goal certified. Its metric of robustness: certified-radius, balanced against the loss."
    )


@pytest.mark.parametrize("method", [each.name for each in METHODS if each.value.searches and not each.value.metrics])
def test_a_search_without_a_metric_has_none(method: str, tmp_path: Path) -> None:
    """If this fails, the card of a baseline claims what it does not do."""
    told = said(tmp_path, searched=True, method=method)
    assert told.startswith(f"was searched for by {method} (")
    assert "robust" not in told.replace("no robustness metric", "")


def test_a_draw_is_called_one(tmp_path: Path) -> None:
    """If this fails, the card of a random control says that somebody gave its architecture."""
    assert said(tmp_path, searched=False, method="random") == "was drawn at random, not searched for."
    assert "with the operations of racl," in said(tmp_path, searched=False, method="random", like="racl")
    ranked = said(tmp_path, searched=False, method="random-ranked", candidates={"count": 16})
    assert ranked == "was chosen among 16 drawn at random and briefly trained, by the largest jacobian."


def test_of_an_architecture_from_elsewhere_no_more_is_claimed(tmp_path: Path) -> None:
    """If this fails, a cell of a comparison that trains what another one found says that nobody searched for it."""
    given = "was given: this run did not search for it."
    assert said(tmp_path, searched=False, architecture="Genotype(...)") == given
    assert said(tmp_path, searched=False, architecture="racl") == f"is racl, which {given}"
    assert said(tmp_path, searched=False, method="darts") == given


def test_a_method_that_nobody_knows_is_not_spoken_of(tmp_path: Path) -> None:
    """If this fails, the card of a run by another version cannot be written."""
    assert said(tmp_path, searched=True, method="of-tomorrow") == "was searched for."
    assert said(tmp_path, searched=False, method="of-tomorrow") == "was given: this run did not search for it."


def test_the_card_says_it(tmp_path: Path) -> None:
    """If this fails, who downloads a network is not told where its architecture is from."""
    assert "An image classifier whose architecture was searched for by dsrna-combined (" in write_card(
        full_run(tmp_path)
    ).read_text("utf-8")
