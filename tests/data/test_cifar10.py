"""CIFAR-10: checked before it is unpickled."""

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import CPU, hide_data, real_data, user_error

from dsrna.data import Dataset, DataSettings, load
from dsrna.data.downloads import DOWNLOADS


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Six batches of four images each, and their checksums in the place of the published ones."""
    hide_data(monkeypatch, tmp_path / "cache")
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for number, name in enumerate(DOWNLOADS["cifar10"].files):
        data = np.zeros((4, 3, 32, 32), dtype=np.uint8)
        data[:, 1, 2, 3] = number
        batch = {"data": data.reshape(4, -1), "labels": [0, 1, 2, number % 10], "label_names": list("abcdefghij")}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=4))
    sums = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    monkeypatch.setitem(DOWNLOADS, "cifar10", replace(DOWNLOADS["cifar10"], files=sums))
    return folder


def open_cifar10(directory: Path | None = None) -> Dataset:
    return load(DataSettings("cifar10", directory), seed=0, device=CPU)


def test_batches_are_joined_in_order(folder: Path) -> None:
    """Broken: images would be torn, or have the labels of others."""
    data = open_cifar10(folder.parent)
    assert (len(data.train), len(data.test), data.train.shape) == (20, 4, (3, 32, 32))
    assert (data.train.read(torch.tensor([0, 4, 19]))[:, 1, 2, 3] * 255).tolist() == [0, 1, 4]
    assert data.train.labels.tolist()[3::4] == [0, 1, 2, 3, 4]
    assert data.classes == tuple("abcdefghij")


@pytest.mark.parametrize("name", ["data_batch_3", "batches.meta"])
def test_wrong_checksum_is_refused(folder: Path, name: str) -> None:
    """Broken: a damaged or forged file would be unpickled."""
    (folder / name).write_bytes((folder / name).read_bytes() + b"\0")
    with user_error("wrong checksum", folder / name):
        open_cifar10(folder.parent)


def test_test_batch_is_read_late_but_missed_early(folder: Path) -> None:
    """Broken: training would touch the test split, or a missing file would be noticed only after it."""
    (folder / "test_batch").write_bytes(b"damaged")
    data = open_cifar10(folder.parent)
    with user_error("wrong checksum", folder / "test_batch"):
        len(data.test)
    (folder / "test_batch").unlink()
    with user_error("lacks test_batch", "dsrna data fetch cifar10"):
        open_cifar10(folder.parent)


@real_data
def test_published_files_are_read_as_published() -> None:
    """Broken: results on CIFAR-10 would not be results on CIFAR-10."""
    data = open_cifar10()
    assert (len(data.train), len(data.test), data.train.shape) == (50_000, 10_000, (3, 32, 32))
    assert data.classes[:4] == ("airplane", "automobile", "bird", "cat")
    assert data.train.labels[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    assert data.test.labels[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert data.train.labels.bincount().tolist() == [5_000] * 10
    assert data.test.labels.bincount().tolist() == [1_000] * 10
    first = data.train.read(torch.tensor([0]))[0]
    assert (first[:, 0, 0] * 255).round().tolist() == [59, 62, 63]
    everything = data.train.read(torch.arange(50_000)).mean((0, 2, 3)).tolist()
    assert everything == pytest.approx([0.4914, 0.4822, 0.4465], abs=1e-4)
