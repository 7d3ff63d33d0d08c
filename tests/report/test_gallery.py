"""Adversarial images."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
import torch
from PIL import Image
from sample_run import write_adversarial

from dsrna.errors import UserError
from dsrna.report.gallery import data_uri, read_gallery
from dsrna.runtime.checkpoint import read_tensors, write_tensors


def decoded(uri: str) -> Image.Image:
    return Image.open(BytesIO(b64decode(uri.removeprefix("data:image/png;base64,"))))


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_pictures_are_exact(channels: int, mode: str) -> None:
    """Else what is shown would not be what the network saw: 1/255 is one step of a PNG."""
    pixels = torch.arange(channels * 12, dtype=torch.float32).view(channels, 3, 4)
    picture = decoded(data_uri(pixels / 255))
    assert (picture.mode, picture.size) == (mode, (4, 3))
    assert list(picture.tobytes()) == pixels.movedim(0, -1).flatten().int().tolist()


def test_the_difference_fills_the_range(tmp_path: Path) -> None:
    """Else a change of 8/255 would not be seen at all. The factor is one half over the largest change."""
    write_adversarial(tmp_path / "file")
    gallery = read_gallery(tmp_path / "file", [])
    assert gallery.factor == pytest.approx(255 / 16, rel=1e-4)
    extremes = [decoded(example.difference).getextrema() for example in gallery.examples]
    assert (min(low for low, _ in extremes), max(high for _, high in extremes)) == (0, 255)


def test_classes_are_named_where_the_names_are_known(tmp_path: Path) -> None:
    """Else the reader would see numbers for names, or the page would fail without them."""
    write_adversarial(tmp_path / "file")
    example = read_gallery(tmp_path / "file", ["zero"]).examples[0]
    assert (example.label, example.predicted, example.fooled) == ("zero", "5", True)


def test_an_attack_that_felled_nothing_has_no_examples(tmp_path: Path) -> None:
    """Else a perfectly robust network could have no report."""
    write_adversarial(tmp_path / "file", number=0)
    assert read_gallery(tmp_path / "file", []).examples == ()


@pytest.mark.parametrize("missing", ["original", "adversarial", "labels", "predicted"])
def test_a_file_without_its_tensors_is_named(tmp_path: Path, missing: str) -> None:
    """Else the user would see a traceback instead of the file to remove."""
    path = tmp_path / "adversarial.safetensors"
    write_adversarial(path)
    tensors, _ = read_tensors(path)
    write_tensors(path, {name: tensor for name, tensor in tensors.items() if name != missing}, {})
    with pytest.raises(UserError, match="adversarial.safetensors is damaged"):
        read_gallery(path, [])


def test_tensors_that_do_not_fit_are_named(tmp_path: Path) -> None:
    """Else images and labels of different number would be paired by chance."""
    path = tmp_path / "adversarial.safetensors"
    write_adversarial(path)
    tensors, _ = read_tensors(path)
    write_tensors(path, {**tensors, "labels": tensors["labels"][:1]}, {"attack": "fgsm", "eps": "8/255"})
    with pytest.raises(UserError, match="adversarial.safetensors is damaged"):
        read_gallery(path, [])


def test_large_images_are_shown_smaller(tmp_path: Path) -> None:
    """If this fails, a comparison on large images has a page that no browser opens."""
    write_adversarial(tmp_path / "file")
    gallery = read_gallery(tmp_path / "file", [], shown=2, side=3)
    assert [decoded(each.original).size for each in gallery.examples] == [(3, 3)] * 2
    assert decoded(read_gallery(tmp_path / "file", [], side=8).examples[0].original).size == (8, 8)
