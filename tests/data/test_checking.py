"""Checking what lies there."""

from dataclasses import replace
from pathlib import Path

import pytest
from data_files import hide_data, real_data, user_error, write_classes, write_mnist

from dsrna.data import check
from dsrna.data.downloads import DOWNLOADS, md5


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    hide_data(monkeypatch, tmp_path / "cache")
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_counts_are_said(folder: Path) -> None:
    """Broken: the user would not learn what was found."""
    write_classes(folder, {"a": 5, "b": 5})
    assert "folder: 8 training and 2 test images of 2 classes" in check("folder", folder)
    assert "1,438 training" in check("digits", None)


def test_damaged_image_of_the_test_split_is_found(folder: Path) -> None:
    """Broken: a run would fail in its last stage."""
    for split in ("train", "test"):
        write_classes(folder / split, {"a": 2, "b": 2})
    (folder / "test" / "b" / "001.png").write_bytes(b"")
    with user_error(folder / "test" / "b" / "001.png"):
        check("folder", folder)


def test_checksums_are_compared(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Broken: another data set under the same names would pass as MNIST."""
    write_mnist(folder)
    with user_error("wrong checksum", folder / "train-images-idx3-ubyte.gz"):
        check("mnist", folder)
    sums = {path.name: md5(path.read_bytes()) for path in folder.iterdir()}
    monkeypatch.setitem(DOWNLOADS, "mnist", replace(DOWNLOADS["mnist"], files=sums))
    assert check("mnist", folder).endswith("the checksums of 4 files are right")


def test_unpacked_files_have_no_published_checksum(folder: Path) -> None:
    """Broken: the sentence would claim what was not looked at."""
    write_mnist(folder, suffix="")
    assert "no published checksums" in check("mnist", folder)


@real_data
@pytest.mark.parametrize(("name", "files"), [("mnist", 4), ("cifar10", 7)])
def test_published_files_pass(name: str, files: int) -> None:
    """Broken: the checksums in the table would be wrong."""
    assert f"the checksums of {files} files are right" in check(name, None)
