"""ImageNet and Imagenette, where they lie."""

from pathlib import Path

import pytest
from data_files import CPU, hide_data, real_data, user_error, write_classes

from dsrna.data import Dataset, DataSettings, load, statistics
from dsrna.data.folders import scan
from dsrna.testing.data import check_dataset


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    hide_data(monkeypatch, tmp_path / "cache")
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def write_splits(folder: Path, train: int) -> None:
    write_classes(folder / "train", {"n01": train, "n02": train})
    write_classes(folder / "val", {"n01": 1, "n02": 1})


def open_images(name: str, directory: Path | None, image_size: int | None = 6) -> Dataset:
    return load(DataSettings(name, directory, image_size=image_size), seed=0, device=CPU)


@pytest.mark.parametrize("layout", ["imagenet", "."])
def test_imagenet_is_found_in_either_layout(root: Path, layout: str) -> None:
    """Broken: --data-dir could not be the folder of ImageNet itself."""
    write_splits(root / layout, 2)
    check_dataset(open_images("imagenet", root))


def test_imagenette_is_chosen_by_the_size(root: Path) -> None:
    """Broken: 224-pixel networks would be trained on enlarged thumbnails."""
    write_splits(root / "imagenette", 4)
    assert len(open_images("imagenette", root, 64).train) == 8
    write_splits(root / "imagenette64", 2)
    write_splits(root / "imagenette224", 3)
    assert [len(open_images("imagenette", root, size).train) for size in (32, 64, 65, 224)] == [4, 4, 6, 6]


def test_image_size_is_needed(root: Path) -> None:
    """Broken: images of different sizes could not be stacked."""
    write_splits(root / "imagenet", 2)
    with user_error("imagenet", "image_size"):
        open_images("imagenet", root, None)


def test_nothing_there_says_what_would_be_right(root: Path) -> None:
    """Broken: the user would be sent to a download that there is not."""
    with user_error("imagenet", root / "imagenet", "train/ and val/"):
        open_images("imagenet", root)


def test_missing_val_is_named(root: Path) -> None:
    """Broken: hours later, the last stage would find no test images."""
    write_classes(root / "imagenet" / "train", {"n01": 2, "n02": 2})
    with user_error(root / "imagenet" / "val"):
        open_images("imagenet", root)


@real_data
@pytest.mark.parametrize(("size", "train", "test", "fewest"), [(64, 9_469, 3_925, 858), (96, 1_000, 500, 100)])
def test_imagenette_as_published(size: int, train: int, test: int, fewest: int) -> None:
    """Broken: results on Imagenette would be on some of its images."""
    data = open_images("imagenette", None, size)
    check_dataset(data)
    assert (len(data.train), len(data.test), data.train.shape) == (train, test, (3, size, size))
    assert data.classes[0] == "n01440764"
    assert len(data.classes) == 10
    assert data.train.labels.bincount().min() == fewest


@real_data
def test_imagenette_has_the_colours_of_imagenet() -> None:
    """Broken: channels would be exchanged, or pixels in other units."""
    data = load(DataSettings("imagenette", image_size=64, limit=400), seed=0, device=CPU)
    mean, std = statistics(data.train)
    assert mean == pytest.approx((0.485, 0.456, 0.406), abs=0.05)
    assert std == pytest.approx((0.229, 0.224, 0.225), abs=0.09)


@real_data
def test_thousand_classes_are_listed() -> None:
    """Broken: the classes of ImageNet would not have their usual numbers."""
    from dsrna.data.places import find

    found = scan(find("imagenet1k", None, ("imagenet1k",), ("n01440764",), ""))
    assert len(found.classes) == len(found.paths) == 1_000
    assert found.classes[0] == "n01440764"
    assert found.classes[-1] == "n15075141"
