"""A user's folder of two classes, through the whole line."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import tiny_recipe
from torch import Tensor, nn

from dsrna.data import Augmentation, DataSettings
from dsrna.errors import UserError
from dsrna.evaluation import AttackSettings, Count
from dsrna.recipes import Recipe
from dsrna.runtime.progress import Silent, Stage
from dsrna.stages import attack_stage, begin, run
from dsrna.threat import Eps, Norm

COUNTS = {"day": 60, "night": 15}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Light and dark colour images of odd sizes."""
    root, numbers = tmp_path_factory.mktemp("mine"), np.random.default_rng(0)
    for light, (name, count) in zip((160, 40), COUNTS.items(), strict=True):
        (root / name).mkdir()
        for number in range(count):
            pixels = numbers.integers(light - 30, light + 30, (9 + number % 5, 11, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return root


def own(folder: Path, channels: int = 3) -> Recipe:
    data = DataSettings("folder", folder, image_size=8, channels=channels, augmentation=Augmentation(area=0.5))
    recipe = tiny_recipe()
    return replace(recipe, data=data, search=replace(recipe.search, batch_size=24))


class Listening(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextmanager
    def stage(self, name: str, total: int, unit: str, done: int = 0) -> Iterator[Stage]:
        yield self

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.parametrize(
    ("channels", "attacks"), [(1, ("fgsm",)), (3, ("fgsm", "pgd-10", "noise"))], ids=["grey", "colour"]
)
def test_two_classes_pass_every_stage(folder: Path, tmp_path: Path, channels: int, attacks: tuple[str, ...]) -> None:
    """If this fails, somebody with two classes, or grey images, cannot use one of the stages or attacks."""
    settings = AttackSettings(attacks=attacks, eps=(Eps(8 / 255),), images=4)
    result = run(replace(own(folder, channels), attack=settings), tmp_path / "run")
    assert result.attack.clean.total == 4
    assert {row.attack for row in result.attack.rows} == set(attacks)
    assert result.certificates.norms[0].rows[0].count.total == 8
    assert "The classes are unequal" in result.report.read_text()


class Light(nn.Module):
    """Says day where an image is lighter than ``least``."""

    def __init__(self, least: float = 0.4) -> None:
        super().__init__()
        self.least = least

    def forward(self, x: Tensor) -> Tensor:
        margin = x.flatten(1).mean(dim=1) - self.least
        return torch.stack([margin, -margin], dim=1)


def test_the_longest_attacks_fell_of_two_classes_what_they_can_reach(folder: Path, tmp_path: Path) -> None:
    """If this fails, with two classes AutoAttack, C&W or Square ends in an error, or in a number that means nothing."""
    settings = AttackSettings(("autoattack", "cw", "square"), eps=(Eps(3.0),), norm=Norm(2.0), images=2, sanity=2)
    current = begin(replace(own(folder), attack=settings), tmp_path / "run")
    result = attack_stage(current, network=Light(0.55))
    assert result.clean == Count(2, 2)
    only_night = Count(1, 2)
    assert {row.attack: row.count for row in result.rows} == dict.fromkeys(settings.attacks, only_night)
    assert [row.count for row in result.worst] == [only_night]
    assert [check.name for check in result.checks if not check.passed] == []


def test_saved_adversarial_images_name_their_files(folder: Path, tmp_path: Path) -> None:
    """If this fails, nobody can look at the photograph behind an adversarial image."""
    settings = AttackSettings(attacks=("fgsm",), eps=(Eps(0.5),), images=8, examples=None)
    current = begin(replace(own(folder), attack=settings), tmp_path / "run")
    assert attack_stage(current, network=Light()).rows[0].count.correct == 0
    with current.folder.adversarial_list.open() as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == 8
    assert all(Path(row["file"]).parent == folder / sorted(COUNTS)[int(row["label"])] for row in listed)
    assert all(Path(row["file"]).is_file() for row in listed)


def test_the_split_is_written_down(folder: Path, tmp_path: Path) -> None:
    """If this fails, nobody can tell later which images a network was trained on."""
    begun = begin(own(folder), tmp_path / "run")
    dataset = begun.dataset
    rows = list(csv.DictReader(begun.folder.split.read_text().splitlines()))
    assert {row["file"] for row in rows} == {str(path.relative_to(folder)) for path in folder.rglob("*.png")}
    assert [row["split"] for row in rows] == ["train"] * len(dataset.train) + ["test"] * len(dataset.test)
    assert all(row["file"].startswith(row["class"]) for row in rows)
    seeds = [begin(replace(own(folder), seed=seed), tmp_path / str(seed)) for seed in (0, 1)]
    assert len({(other.dataset, other.folder.split.read_text())[1] for other in seeds}) == 1


def test_images_that_changed_are_not_mixed_in(folder: Path, tmp_path: Path) -> None:
    """If this fails, a run that is continued may test on images that it has trained on."""
    recipe = own(folder)
    begun = begin(recipe, tmp_path / "run")
    assert len(begun.dataset.train) == 60
    begun.folder.search_checkpoints.mkdir(parents=True)
    added = folder / "night" / "1000.png"
    Image.new("RGB", (9, 9)).save(added)
    try:
        with pytest.raises(UserError, match=r"images have changed.*split\.csv says .*, and would now say"):
            _ = begin(recipe, tmp_path / "run").dataset
        assert len(begin(recipe, tmp_path / "other").dataset.train) == 61
    finally:
        added.unlink()


def test_unequal_classes_are_said_at_the_start(folder: Path, tmp_path: Path) -> None:
    """If this fails, the user may take the share of the larger class for an accuracy."""
    listening = Listening()
    _ = begin(own(folder), tmp_path / "run", listening).dataset
    assert any("'day' has 48" in said for said in listening.said)


def test_a_run_goes_on_with_another_number_of_workers(folder: Path, tmp_path: Path) -> None:
    """If this fails, a run cannot be continued on a machine of more cores."""
    recipe = own(folder)
    begin(recipe, tmp_path / "run").folder.search_checkpoints.mkdir(parents=True)
    again = begin(replace(recipe, data=replace(recipe.data, workers=3)), tmp_path / "run")
    assert len(again.dataset.train) == 60
