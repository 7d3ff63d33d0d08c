"""From data to report in the second space, and what its settings refuse."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import tiny_recipe

import dsrna
from dsrna.errors import UserError
from dsrna.recipes import Recipe, named, overridden, to_yaml
from dsrna.runtime.run_folder import RunFolder
from dsrna.spaces.nasbench201 import CANDIDATES, Nasbench201Cell
from dsrna.stages import begin

CELL = "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|avg_pool_3x3~1|skip_connect~2|"


def tiny() -> Recipe:
    changes = {
        "space": {"name": "nasbench201", "cells": 3, "channels": 4},
        "network": {"cells": 3, "channels": 4},
        "search": {"epochs": 2},
        "training": {"epochs": 2},
    }
    return overridden(tiny_recipe(), changes, where="test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    path = tmp_path_factory.mktemp("nasbench201") / "run"
    dsrna.run(tiny(), path)
    return RunFolder(path)


def test_every_stage_takes_the_second_space(folder: RunFolder) -> None:
    """If this fails, a search in NAS-Bench-201 ends somewhere before the report."""
    plain = json.loads(folder.genotype.read_text())
    cell = Nasbench201Cell.from_dict(plain)
    assert json.loads(folder.model.read_text())["genotype"] == plain
    assert "<svg" in folder.cell("normal").read_text()
    assert not folder.cell("reduce").exists()
    assert json.loads(folder.attack.read_text())["rows"]
    assert json.loads(folder.certify.read_text())["norms"]
    page = folder.report.read_text()
    assert cell.to_text() in page
    assert "Reduction cell" not in page
    assert {row for line in folder.search_history.read_text().splitlines() for row in json.loads(line)["shares"]} == {
        *CANDIDATES
    }


def test_a_finished_run_of_the_second_space_is_read_again(folder: RunFolder) -> None:
    """If this fails, its network cannot be built again from the files."""
    before = folder.weights.stat().st_mtime_ns
    result = dsrna.run(tiny(), folder.path)
    assert result.genotype.space == "nasbench201"
    assert folder.weights.stat().st_mtime_ns == before


def test_the_random_control_draws_from_the_second_space(tmp_path: Path) -> None:
    """If this fails, `--method random` draws DARTS cells whatever the space."""
    recipe = tiny()
    run = begin(replace(recipe, search=replace(recipe.search, method="random")), tmp_path / "run")
    assert dsrna.stages.search_stage(run).space == "nasbench201"


def test_a_cell_as_text_skips_the_search(tmp_path: Path) -> None:
    """If this fails, --architecture does not take an architecture string."""
    run = begin(replace(tiny_recipe(), architecture=CELL, network=tiny().network), tmp_path / "run")
    assert dsrna.stages.search_stage(run).to_text() == CELL


def test_naming_the_space_brings_what_belongs_to_it() -> None:
    """If this fails, `--space.name nasbench201` alone ends in an error about the fields of another space."""
    space = overridden(named("digits"), {"space": {"name": "nasbench201"}}, where="option").space
    assert (space.operations, space.partial_channels, space.cells) == (CANDIDATES, 1, 3)
    digits = named("digits")
    assert to_yaml(overridden(digits, {"space": {"name": "darts"}}, where="option")) == to_yaml(digits)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"space": {"partial_channels": 4}}, "partial_channels must be 1"),
        ({"space": {"operations": ["none", "dil_conv_3x3"]}}, "not dil_conv_3x3"),
        ({"space": {"cells": 4}}, "multiple of it, not 4"),
        ({"network": {"cells": 20}}, "multiple of it, not 20"),
        ({"network": {"auxiliary": True}}, "no auxiliary classifier"),
        ({"space": {"name": "nasbench301"}}, "did you mean 'nasbench201'"),
    ],
)
def test_settings_that_do_not_fit_are_named(changes: dict[str, object], reason: str) -> None:
    """If this fails, a run with contradicting options begins, and ends in a traceback."""
    with pytest.raises(UserError, match=reason):
        overridden(tiny(), changes, where="option")


def test_a_network_that_does_not_fit_its_architecture_is_refused_at_once(tmp_path: Path) -> None:
    """If this fails, the search of an architecture that was given ends in a network that cannot be built."""
    with pytest.raises(UserError, match="multiple of it"):
        begin(replace(tiny_recipe(), architecture=CELL), tmp_path / "run")
