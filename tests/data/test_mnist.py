"""MNIST from its four files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import CPU, hide_data, real_data, user_error, write_idx, write_mnist

from dsrna.data import Dataset, DataSettings, load


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    hide_data(monkeypatch, tmp_path / "cache")
    write_mnist(tmp_path / "MNIST" / "raw")
    return tmp_path / "MNIST" / "raw"


def open_mnist(directory: Path | None = None) -> Dataset:
    return load(DataSettings("mnist", directory), seed=0, device=CPU)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("layout", ["", "MNIST/raw"])
def test_both_layouts_and_both_forms_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str, layout: str
) -> None:
    """Broken: files that lie as other libraries leave them would not be found."""
    hide_data(monkeypatch, tmp_path / "cache")
    write_mnist(tmp_path / layout, suffix=suffix)
    data = open_mnist(tmp_path)
    assert (len(data.train), len(data.test), data.train.shape) == (40, 20, (1, 4, 4))
    assert data.train.read(torch.tensor([7]))[0, 0, 0, 0] * 255 == 7
    assert data.train.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_test_files_are_read_late_but_missed_early(folder: Path) -> None:
    """Broken: training would touch the test split, or a missing file would be noticed only after it."""
    path = folder / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(b"damaged")
    data = open_mnist(folder)
    with user_error(path):
        len(data.test)
    path.unlink()
    with user_error(folder, "lacks t10k-images-idx3-ubyte", "dsrna data fetch mnist"):
        open_mnist(folder)


def test_labels_of_another_number_are_refused(folder: Path) -> None:
    """Broken: images would have the labels of others."""
    write_idx(folder / "train-labels-idx1-ubyte.gz", np.zeros(39, dtype=np.uint8))
    with user_error("40 images", "39 labels", "train-labels-idx1-ubyte.gz"):
        open_mnist(folder)


def test_file_without_images_is_refused(folder: Path) -> None:
    """Broken: a set of nothing would fail somewhere inside torch."""
    write_mnist(folder, train=0)
    with user_error("no images", "train-images-idx3-ubyte.gz"):
        open_mnist(folder)


@pytest.mark.parametrize("shape", [(40, 0, 4), (40, 4, 0)])
def test_images_without_pixels_are_refused(folder: Path, shape: tuple[int, int, int]) -> None:
    """If this fails, a header with a zero in it is a traceback of the first resize, or of the first network."""
    write_idx(folder / "train-images-idx3-ubyte.gz", np.zeros(shape, dtype=np.uint8))
    with user_error("no images", "x".join(map(str, shape)), "train-images-idx3-ubyte.gz"):
        load(DataSettings("mnist", folder, image_size=8), seed=0, device=CPU)


def test_label_beyond_the_classes_is_refused(folder: Path) -> None:
    """Broken: the loss would fail with an index error, on a GPU without a place."""
    write_idx(folder / "train-labels-idx1-ubyte.gz", np.full(40, 10, dtype=np.uint8))
    with user_error("label 10", "train-labels-idx1-ubyte.gz"):
        open_mnist(folder)


def test_a_single_class_is_refused(folder: Path) -> None:
    """If this fails, a network is searched for that is right whatever it says, and nobody is told."""
    write_idx(folder / "train-labels-idx1-ubyte.gz", np.full(40, 3, dtype=np.uint8))
    with user_error("label 3 only", "train-labels-idx1-ubyte.gz"):
        open_mnist(folder)


def test_nothing_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Broken: a new user would not know the next step."""
    hide_data(monkeypatch, tmp_path / "cache")
    with user_error("mnist", tmp_path / "cache", "dsrna data fetch mnist"):
        open_mnist()


@real_data
def test_published_files_are_read_as_published() -> None:
    """Broken: results on MNIST would not be results on MNIST."""
    data = open_mnist()
    assert (len(data.train), len(data.test), data.train.shape) == (60_000, 10_000, (1, 28, 28))
    assert data.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert data.train.labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert data.train.read(torch.arange(60_000)).mean() == pytest.approx(0.1307, abs=5e-5)
