"""Images in files: decoded when read, kept within the budget."""

from pathlib import Path

import pytest
import torch
from data_files import user_error, write_classes

import dsrna.data.folder_images as module
from dsrna.data import FolderImages
from dsrna.data.pictures import decode


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    write_classes(tmp_path, {"a": 3, "b": 3})
    return sorted(tmp_path.rglob("*.png"))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were decoded, in order."""
    calls: list[Path] = []

    def counting(path: Path, size: int, channels: int) -> torch.Tensor:
        calls.append(path)
        return decode(path, size, channels)

    monkeypatch.setattr(module, "decode", counting)
    return calls


def open_images(paths: list[Path], memory: int) -> FolderImages:
    return FolderImages(paths, torch.tensor([0, 0, 0, 1, 1, 1]), size=6, channels=3, memory=memory)


@pytest.mark.parametrize("memory", [0, 2 * 108, 2**20])
def test_images_are_the_same_whatever_is_kept(paths: list[Path], memory: int) -> None:
    """Broken: the second epoch would see other images than the first."""
    images = open_images(paths, memory)
    expected = torch.stack([decode(path, 6, 3) for path in paths]) / 255
    assert images.shape == (3, 6, 6)
    for order in ([5, 0, 5, 3], [0, 1, 2, 3, 4, 5]):
        assert images.read(torch.tensor(order)).equal(expected[order])


@pytest.mark.parametrize(("kept", "again"), [(0, 6), (2, 4), (6, 0)])
def test_memory_stays_within_the_budget(paths: list[Path], decoded: list[Path], kept: int, again: int) -> None:
    """Broken: ImageNet would fill the memory, or a small folder be decoded in every epoch."""
    images = open_images(paths, memory=kept * 108 + 107)
    images.read(torch.arange(6))
    assert len(decoded) == 6
    images.read(torch.arange(6))
    assert len(decoded) == 6 + again


def test_nothing_is_decoded_before_it_is_read(paths: list[Path], decoded: list[Path]) -> None:
    """Broken: opening ImageNet would take hours."""
    images = open_images(paths, memory=0)
    assert len(images) == 6
    assert not decoded
    images.read(torch.tensor([4, 4]))
    assert decoded == [paths[4]]


def test_damaged_image_is_named(paths: list[Path]) -> None:
    """Broken: one file in a million could not be found."""
    paths[2].write_bytes(paths[2].read_bytes()[:60])
    images = open_images(paths, memory=2**20)
    with user_error(paths[2]):
        images.read(torch.arange(6))
    assert images.read(torch.tensor([0])).isfinite().all()
