"""The whole line, small, on the real files of every data set."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import tiny_recipe

import dsrna
from dsrna.evaluation import AttackSettings
from dsrna.recipes import Recipe, named

needs_data = pytest.mark.skipif("DSRNA_DATA" not in os.environ, reason="DSRNA_DATA is not set")


def tiny(name: str, limit: int = 60) -> Recipe:
    """A named recipe's data, with the smallest of everything else."""
    recipe, small = named(name), tiny_recipe()
    return replace(
        small,
        name=name,
        data=replace(recipe.data, limit=limit),
        space=replace(small.space, stem=recipe.space.stem),
        search=replace(small.search, epochs=2, batch_size=16),
        network=replace(small.network, stem=recipe.network.stem),
        training=replace(small.training, epochs=1, batch_size=16),
        attack=replace(small.attack, images=10),
        certify=replace(small.certify, images=4),
    )


@needs_data
@pytest.mark.real_data
@pytest.mark.parametrize("name", ["mnist-small", "cifar10-small", "imagenet-small"])
def test_data_to_report(name: str, tmp_path: Path) -> None:
    """If this fails, a recipe works on digits alone."""
    result = dsrna.run(tiny(name), tmp_path / "run")
    assert result.attack.clean.total == 10
    assert "pgd-10" in result.report.read_text()


@needs_data
@pytest.mark.real_data
def test_two_classes_of_your_own_images(tmp_path: Path) -> None:
    """If this fails, an engineer with two classes of images gets no network."""
    source = Path(os.environ["DSRNA_DATA"]) / "imagenette64" / "val"
    for folder in sorted(source.iterdir())[:2]:
        for image in sorted(folder.iterdir())[:30]:
            target = tmp_path / "mine" / folder.name
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(image, target)
    recipe = tiny("folder-small", limit=40)
    recipe = replace(
        recipe,
        data=replace(recipe.data, directory=tmp_path / "mine", image_size=24),
        attack=AttackSettings(attacks=("pgd-10",), eps=recipe.attack.eps, images=6),
    )
    result = dsrna.run(recipe, tmp_path / "run")
    assert len(result.network(torch.zeros(1, 3, 24, 24)).flatten()) == 2
