"""The user's own images, in either layout."""

from pathlib import Path

import torch
from data_files import CPU, user_error, write_classes

from dsrna.data import Dataset, DataSettings, Images, load
from dsrna.testing.data import check_dataset


def open_folder(directory: Path | None, seed: int = 0, channels: int | None = None) -> Dataset:
    return load(DataSettings("folder", directory, image_size=6, channels=channels), seed=seed, device=CPU)


def rows(images: Images) -> set[tuple[float, ...]]:
    return {tuple(image.flatten().tolist()) for image in images.read(torch.arange(len(images)))}


def test_one_folder_is_split_the_same_way_under_every_seed(tmp_path: Path) -> None:
    """Broken: a test image would be trained on, or runs of several seeds be judged on different images."""
    write_classes(tmp_path, {"a": 20, "b": 10})
    data = open_folder(tmp_path)
    check_dataset(data)
    assert data.train.labels.bincount().tolist() == [16, 8]
    assert data.test.labels.bincount().tolist() == [4, 2]
    assert not rows(data.train) & rows(data.test)
    assert rows(open_folder(tmp_path).test) == rows(data.test)
    assert rows(open_folder(tmp_path, seed=1).test) == rows(data.test)


def test_pixels_belong_to_the_class(tmp_path: Path) -> None:
    """Broken: labels and images would be of different order."""
    write_classes(tmp_path, {"a": 5, "b": 5, "c": 5})
    train = open_folder(tmp_path).train
    red = (train.read(torch.arange(len(train)))[:, 0, 0, 0] * 255).round()
    assert red.long().equal(10 * train.labels)


def test_test_folder_is_preferred_to_val(tmp_path: Path) -> None:
    """Broken: the images somebody kept for the last test would not be used for it."""
    write_classes(tmp_path / "train", {"a": 2, "b": 3})
    write_classes(tmp_path / "val", {"a": 1, "b": 1})
    assert len(open_folder(tmp_path).test) == 2
    write_classes(tmp_path / "test", {"a": 4, "b": 4})
    data = open_folder(tmp_path, channels=1)
    check_dataset(data)
    assert (len(data.train), len(data.test), data.train.shape) == (5, 8, (1, 6, 6))


def test_train_without_a_test_folder_is_refused(tmp_path: Path) -> None:
    """Broken: the folder train/ would become a class."""
    write_classes(tmp_path / "train", {"a": 2, "b": 2})
    with user_error(tmp_path, "neither test/ nor val/"):
        open_folder(tmp_path)


def test_test_images_are_not_opened_for_training(tmp_path: Path) -> None:
    """Broken: training would touch the test split."""
    write_classes(tmp_path / "train", {"a": 2, "b": 2})
    write_classes(tmp_path / "test", {"a": 2, "b": 2})
    (tmp_path / "test" / "a" / "000.png").write_bytes(b"")
    data = open_folder(tmp_path)
    data.train.read(torch.arange(4))
    with user_error(tmp_path / "test" / "a" / "000.png"):
        data.test.read(torch.arange(4))


def test_folder_without_directory_asks_for_it() -> None:
    """Broken: images would be looked for in the cache."""
    with user_error("--data-dir"):
        open_folder(None)


def test_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """Broken: a mistyped path would be a traceback."""
    with user_error(tmp_path / "gone"):
        open_folder(tmp_path / "gone")
