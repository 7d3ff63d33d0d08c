"""A user's folder as it should not be: nearly all of one class, and some images twice, through the whole line."""

import csv
import html
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from test_own_images import Listening
from tiny import shortest_recipe

import dsrna
from dsrna.data import DataSettings
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import RunResult
from dsrna.stages.train import load_model

COUNTS = {"day": 300, "night": 3}
DISTINCT = 250


class Ended(NamedTuple):
    """A run that has ended, the folder of its images, and what was said on the way."""

    images: Path
    folder: RunFolder
    result: RunResult
    said: list[str]


def painted(root: Path) -> None:
    """Light and dark images; those beyond ``DISTINCT`` are the first ones again."""
    for light, (name, count) in zip((160, 40), COUNTS.items(), strict=True):
        (root / name).mkdir(parents=True)
        for number in range(count):
            numbers = np.random.default_rng(number % DISTINCT)
            pixels = numbers.integers(light - 30, light + 30, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    images, out = tmp_path_factory.mktemp("odd") / "mine", tmp_path_factory.mktemp("run") / "run"
    painted(images)
    base, listening = shortest_recipe(), Listening()
    recipe = replace(base, data=DataSettings("folder", images, image_size=8, channels=3))
    return Ended(images, RunFolder(out), dsrna.run(recipe, out, reporter=listening), listening.said)


def split(ended: Ended) -> dict[str, list[Path]]:
    """The files of each part, as the run has written them down."""
    rows = list(csv.DictReader(ended.folder.split.read_text().splitlines()))
    return {part: [ended.images / row["file"] for row in rows if row["split"] == part] for part in ("train", "test")}


def told(ended: Ended, sentence: str) -> list[bool]:
    """Whether it was said at the start, and stands on the page and on the card, as a sentence of its own."""
    written = f"{sentence[:1].upper()}{sentence[1:]}."
    texts = (html.unescape(ended.folder.report.read_text()), html.unescape(ended.folder.card.read_text()))
    return [sentence in ended.said, *(written in text for text in texts)]


def test_images_of_both_splits_are_told_with_the_results(ended: Ended) -> None:
    """If this fails, somebody reports an accuracy on images that the network was trained on."""
    files = split(ended)
    known = {path.read_bytes() for path in files["train"]}
    twice = [path for path in files["test"] if path.read_bytes() in known]
    assert 5 < len(twice) < 50
    (sentence,) = (remark for remark in load_model(ended.folder).remarks if "byte for byte" in remark)
    assert sentence.startswith(f"{len(twice)} of {len(files['test'])} test images are training images too")
    assert all(told(ended, sentence))


def test_a_hundred_to_one_passes_every_stage_and_is_told(ended: Ended) -> None:
    """If this fails, a class of three images stops a run, or 99 % passes for an accuracy."""
    counts = Counter(path.parent.name for path in split(ended)["train"])
    assert (counts["day"], counts["night"]) == (240, 2)
    assert {path.parent.name for path in split(ended)["test"]} == set(COUNTS)
    (sentence,) = (remark for remark in load_model(ended.folder).remarks if "unequal" in remark)
    assert sentence.endswith("'day' has 240 training images, 'night' 2; who always says 'day' is right for 99% of them")
    assert all(told(ended, sentence))
    assert ended.result.attack.clean.total == 40
    assert ended.result.certificates.clean.total == 8
