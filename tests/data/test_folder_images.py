"""Images in files: decoded when read, kept within the budget."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import generator, user_error, write_classes, write_image
from numpy.typing import NDArray

import dsrna.data.decoding as module
from dsrna.data import Crop, FolderImages, batches
from dsrna.data.crops import CENTRE, cropped
from dsrna.data.folder_images import BATCHES_AHEAD
from dsrna.data.pictures import decode


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    write_classes(tmp_path, {"a": 3, "b": 3})
    return sorted(tmp_path.rglob("*.png"))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were decoded, in order."""
    calls: list[Path] = []

    def counting(path: Path, size: int, channels: int, crop: Crop) -> NDArray[np.uint8]:
        calls.append(path)
        return decode(path, size, channels, crop)

    monkeypatch.setattr(module, "decode", counting)
    return calls


def expected_pixels(path: Path, crop: Crop = CENTRE) -> torch.Tensor:
    return torch.from_numpy(decode(path, 6, 3, crop).copy()).permute(2, 0, 1) / 255


def open_images(paths: list[Path], memory: int) -> FolderImages:
    return FolderImages(paths, torch.tensor([0, 0, 0, 1, 1, 1]), size=6, channels=3, memory=memory)


@pytest.mark.parametrize("memory", [0, 2 * 108, 2**20])
def test_images_are_the_same_whatever_is_kept(paths: list[Path], memory: int) -> None:
    """Broken: the second epoch would see other images than the first."""
    images = open_images(paths, memory)
    expected = torch.stack([expected_pixels(path) for path in paths])
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


CROPS = [Crop(0.3, 1.2, 0.0, 1.0), Crop(0.5, 0.8, 0.4, 0.2), Crop(1.0, 1.0, 0.5, 0.5)]


@pytest.mark.parametrize("workers", [1, 3, 20])
def test_crops_are_read_from_the_file(paths: list[Path], decoded: list[Path], workers: int) -> None:
    """Broken: a small crop would be an enlarged thumbnail, belong to another image, or depend on the threads."""
    write_image(paths[1], np.arange(60 * 60 * 3, dtype=np.uint8).reshape(60, 60, 3))
    write_image(paths[4], np.arange(7 * 9 * 3, dtype=np.uint8).reshape(7, 9, 3))
    images = FolderImages(paths, torch.zeros(6, dtype=torch.int64), size=6, channels=3, workers=workers)
    images.read(torch.arange(6))
    decoded.clear()
    expected = [expected_pixels(paths[index], crop) for index, crop in zip((1, 4, 1), CROPS, strict=True)]
    assert images.crop(torch.tensor([1, 4, 1]), CROPS).equal(torch.stack(expected))
    assert sorted(decoded) == sorted([paths[1], paths[4], paths[1]])


def test_images_of_just_that_size_are_cropped_from_memory(paths: list[Path], decoded: list[Path]) -> None:
    """Broken: images that were made small beforehand would be decoded in every epoch, or differ when kept."""
    write_image(paths[1], np.arange(60 * 60 * 3, dtype=np.uint8).reshape(60, 60, 3))
    keeping, forgetting = open_images(paths, memory=2**20), open_images(paths, memory=0)
    order = torch.tensor([0, 1, 5])
    for _ in range(2):
        assert keeping.crop(order, CROPS).equal(forgetting.crop(order, CROPS))
    assert decoded.count(paths[0]) == 3
    assert decoded.count(paths[1]) == 4
    x = keeping.read(order)
    assert keeping.crop(order, CROPS)[[0, 2]].equal(cropped(x, CROPS)[[0, 2]])


def test_batches_are_read_ahead_within_bounds(paths: list[Path], decoded: list[Path]) -> None:
    """Broken: a step would wait for every batch to be decoded, or all batches be decoded into memory at once."""
    passing = batches(open_images(paths, memory=0), 1)
    next(passing)
    while len(decoded) < 1 + BATCHES_AHEAD:
        time.sleep(0.01)
    time.sleep(0.1)
    assert len(decoded) == 1 + BATCHES_AHEAD < len(paths)


def test_two_passes_may_read_at_the_same_time(paths: list[Path]) -> None:
    """Broken: the two halves of a search would overwrite one another's images, or keep more than the budget."""
    images = open_images(paths, memory=2 * 108)
    expected = torch.stack([expected_pixels(path) for path in paths])
    orders = [torch.randperm(6, generator=generator(seed)) for seed in range(40)]
    with ThreadPoolExecutor(4) as pool:
        for order, x in zip(orders, pool.map(images.read, orders), strict=True):
            assert x.equal(expected[order])


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


@pytest.mark.parametrize("failure", [RuntimeError, MemoryError])
def test_a_thread_that_fails_fails_the_reader(
    failure: type[Exception], paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken: a decoder that fails for a reason of its own would be waited for, or its images would be noise."""

    def failing(path: Path, *_: object) -> NDArray[np.uint8]:
        if path == paths[3]:
            raise failure(path.name)
        return np.zeros((6, 6, 3), np.uint8)

    monkeypatch.setattr(module, "decode", failing)
    before = set(threading.enumerate())
    with pytest.raises(failure, match=paths[3].name):
        list(batches(open_images(paths, 0), 2))
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
