"""The whole line, small, on the real files of every data set."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import tiny_recipe
from torch import nn

import dsrna
from dsrna.data import DataSettings, Images, TensorImages, load
from dsrna.evaluation import AttackSettings, attack
from dsrna.recipes import Recipe, named
from dsrna.runtime.progress import Silent
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import ARCHITECTURES
from dsrna.threat import Eps

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


class Templates(nn.Module):
    """Knows the images by heart: the largest logit is that of the nearest of them."""

    def __init__(self, images: Images) -> None:
        super().__init__()
        self.rows = images.read(torch.arange(len(images))).flatten(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1) @ self.rows.T - self.rows.square().sum(dim=1) / 2


@needs_data
@pytest.mark.real_data
def test_thousand_classes_are_judged_by_the_labels_of_their_folders(tmp_path: Path) -> None:
    """If this fails, accuracies on ImageNet are of labels in another order, or the network has not a logit a class."""
    names = sorted(path.name for path in (Path(os.environ["DSRNA_DATA"]) / "imagenet1k").iterdir())
    for name in names:
        (image,) = (Path(os.environ["DSRNA_DATA"]) / "imagenet1k" / name).iterdir()
        for split in ("train/a", "train/b", "val/a"):
            link = tmp_path / Path(split).parent / name / f"{Path(split).name}{image.suffix}"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(image)
    data = load(DataSettings("imagenet", tmp_path, image_size=32), seed=0, device=torch.device("cpu"))
    assert data.classes == tuple(names)
    assert data.test.labels.equal(torch.arange(1000))
    settings = AttackSettings(attacks=("fgsm",), eps=(Eps(1 / 255),))
    result = attack(Templates(data.test), data.test, settings, seed=0, reporter=Silent()).result
    assert (result.clean.correct, result.clean.total) == (1000, 1000)
    assert result.top5 == result.clean
    shifted = TensorImages(data.test.read(torch.arange(1000)), data.test.labels.roll(1))
    assert attack(Templates(data.test), shifted, settings, seed=0, reporter=Silent()).result.clean.correct == 0
    network = named("imagenet").network
    head = ARCHITECTURES["darts-v2"].build(classes=len(data.classes), in_channels=3, **to_plain(network)).eval()
    assert head(data.test.read(torch.arange(2))).shape == (2, 1000)
