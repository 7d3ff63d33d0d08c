"""Transfer attacks from the command line: from the network of another run."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import tiny_recipe

from dsrna.cli import main
from dsrna.data import DataSettings, load
from dsrna.evaluation.attacks import pgd, transferred
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.predictions import predictions
from dsrna.recipes import overridden
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import begin, load_network, search_stage, train_stage

GENOTYPE = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1)], normal_concat=range(2, 3), "
    "reduce=[('max_pool_3x3', 0), ('skip_connect', 1)], reduce_concat=range(2, 3))"
)
FEW = ["--images", "30", "--eps", "8/255,32/255", "--attack.sanity", "0"]


def trained(path: Path, seed: int) -> RunFolder:
    recipe = replace(tiny_recipe(), architecture=GENOTYPE, seed=seed)
    run = begin(overridden(recipe, {"training": {"epochs": 2}}, where="test"), path)
    search_stage(run)
    train_stage(run)
    return run.folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, RunFolder]:
    root = tmp_path_factory.mktemp("runs")
    return trained(root / "target", 0), trained(root / "source", 1)


def attacked(target: RunFolder, source: Path, *options: str) -> int:
    return main(
        [
            "attack",
            str(target.path),
            "--attacks",
            "fgsm,transfer-pgd-20",
            "--attack.source",
            str(source),
            *FEW,
            *options,
        ]
    )


def test_a_transfer_attack_is_reported_like_any_other(
    folders: tuple[RunFolder, RunFolder], capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the command attacks the run's own network, or the numbers do not say where they come from."""
    target, source = folders
    assert attacked(target, source.path) == 0
    told = capsys.readouterr().out
    assert "transfer-pgd-20 at" in told
    assert "transferred from" in " ".join(told.split())
    found = json.loads(target.attack.read_text())
    assert found["source"] == str(source.path)
    test = load(DataSettings("digits", limit=300), seed=0, device=torch.device("cpu")).test
    order = chosen(test.labels, 30)
    x, y = test.read(order), test.labels[order]
    network = load_network(target)
    moved = transferred(lambda *given, **more: pgd(*given, **more, early_stop=False), load_network(source))
    right = predictions(network, x) == y
    standing = right & (predictions(network, moved(network, x, y, eps=32 / 255, norm=float("inf"))) == y)
    assert found["rows"][-1]["attack"] == "transfer-pgd-20"
    assert abs(found["rows"][-1]["count"]["correct"] - int(standing.sum())) <= 1
    assert "transfer-pgd-20" in target.report.read_text()


def test_the_saved_images_are_listed(folders: tuple[RunFolder, RunFolder]) -> None:
    """Else nobody knows which test images the adversarial ones were."""
    target, source = folders
    assert attacked(target, source.path, "--attack.examples", "none") == 0
    with target.attack_images.open() as file:
        fates = {row["index"]: row for row in csv.DictReader(file)}
    with target.adversarial_list.open() as file:
        listed = list(csv.DictReader(file))
    felled = [index for index, row in fates.items() if row["predicted"] == row["label"] and row[FELLED] == "0"]
    assert [row["index"] for row in listed] == felled
    assert all(row["adversarial"] != row["predicted"] == row["label"] == fates[row["index"]]["label"] for row in listed)
    assert all((row["attack"], row["eps"], row["file"]) == ("transfer-pgd-20", "32/255", "") for row in listed)


FELLED = "transfer-pgd-20 32/255"


def test_other_attacks_need_no_source_afterwards(folders: tuple[RunFolder, RunFolder]) -> None:
    """Else a run that was once attacked from another can be attacked in no other way."""
    target, source = folders
    assert attacked(target, source.path) == 0
    assert main(["attack", str(target.path), "--attacks", "fgsm", *FEW]) == 0
    assert json.loads(target.attack.read_text())["source"] is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "nowhere is not a run folder"),
        ("untrained", "untrained has no trained network yet"),
        ("own", "own holds results about a model of your own"),
        ("target", "the run that is attacked"),
        ("shape", "is for images of shape (1, 9, 9), these are of (1, 8, 8)"),
        ("fewer", "tells other classes apart: 2, these images have 10"),
        ("order", "tells other classes apart: class 0 is '1', of these images '0'"),
    ],
)
def test_a_source_that_does_not_fit_costs_one_line(
    folders: tuple[RunFolder, RunFolder], tmp_path: Path, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a wrong folder ends in a traceback, or in images found for other labels."""
    target, source = folders
    model = json.loads(source.model.read_text())
    changed = {
        "untrained": None,
        "own": None,
        "shape": model | {"shape": [1, 9, 9]},
        "fewer": model | {"classes": ["a", "b"]},
        "order": model | {"classes": [*model["classes"][1:], "0"]},
    }
    other = RunFolder(tmp_path / name)
    if name in changed:
        other.model.parent.mkdir(parents=True)
        other.recipe.write_text(source.recipe.read_text())
        if changed[name] is not None:
            other.model.write_text(json.dumps(changed[name]))
    if name == "own":
        other.own_model.write_text("{}")
    capsys.readouterr()
    assert attacked(target, target.path if name == "target" else other.path) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert words in line


def test_a_run_is_told_of_a_wrong_source_before_it_searches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a typing error is found after search and training."""
    options = ["--attack.attacks", "transfer-pgd-20", "--attack.source", str(tmp_path / "nowhere")]
    assert main(["run", "digits", "--out", str(tmp_path / "run"), *options]) == 2
    assert "nowhere is not a run folder" in capsys.readouterr().err
    assert not RunFolder(tmp_path / "run").search_checkpoints.exists()
