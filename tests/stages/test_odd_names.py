"""Classes and files with names that nobody would choose, through the whole line."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny import shortest_recipe

import dsrna
from dsrna.cli import main
from dsrna.data import DataSettings
from dsrna.errors import UserError
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.stages import begin
from dsrna.threat import Eps

CLASSES = ("two\nlines", "n\xe4m\u0435 \u6f22\u5b57 <script>|`_*", os.fsdecode(b"no utf-8 \xff"))


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    numbers = np.random.default_rng(0)
    for name in CLASSES:
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(8):
            pixels = numbers.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{number}\n{name[-1]}.png")
    return tmp_path / "images"


def test_names_go_through_every_stage(odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, the name of a class ends a run after its training, or is taken for markup or for a new line."""
    base = shortest_recipe()
    recipe = replace(
        base,
        data=DataSettings("folder", odd, image_size=8, channels=1),
        architecture="darts-v2",
        training=replace(base.training, epochs=1, batch_size=8, holdout=0.0),
        attack=AttackSettings(attacks=("fgsm",), eps=(Eps(8 / 255),), images=3, sanity=0),
        certify=CertifySettings(eps=(Eps(1 / 255),), images=2),
    )
    folder = tmp_path / "run\n\u2192 <b>[" / "b] :tada:"
    found = dsrna.run(recipe, folder)
    page = found.report.read_text()
    assert "<script>|" not in page
    assert len((folder / "split.csv").read_text().splitlines()) > 24
    assert main(["report", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "\u2192 <b>[/b] :tada:" in told.replace("\n", "")
    dsrna.run(recipe, folder)


def test_a_folder_that_weights_could_not_be_read_from_is_refused_at_once(tmp_path: Path) -> None:
    """If this fails, a run trains for hours and then cannot read what it wrote."""
    with pytest.raises(UserError, match="name that is not UTF-8"):
        begin(shortest_recipe(), tmp_path / os.fsdecode(b"run \xff"))
    assert not list(tmp_path.iterdir())
