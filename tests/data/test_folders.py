"""Folders of classes: what counts, what is passed over, what is refused."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from data_files import CPU, user_error, write_classes, write_image

from dsrna.data import DataSettings
from dsrna.data.folders import passed_over, same_classes, scan


def test_classes_and_images_are_listed_in_order(tmp_path: Path) -> None:
    """Broken: the number of a class would depend on the file system."""
    write_classes(tmp_path, {"b": 2, "a": 3})
    found = scan(tmp_path)
    assert found.classes == ("a", "b")
    assert found.labels == (0, 0, 0, 1, 1)
    assert [path.relative_to(tmp_path).as_posix() for path in found.paths[2:]] == [
        "a/002.png",
        "b/000.png",
        "b/001.png",
    ]


def test_dot_files_and_other_files_are_passed_over(tmp_path: Path) -> None:
    """Broken: what systems and people leave in folders would stop a training."""
    write_classes(tmp_path, {"a": 1, "b": 1, ".thumbnails": 3, "a/.cache": 2})
    for name in ("readme.txt", "a/notes.md", "a/.DS_Store", "a/._000.png", "b/Thumbs.db"):
        (tmp_path / name).write_text("no image")
    assert scan(tmp_path).classes == ("a", "b")
    assert len(scan(tmp_path).paths) == 2


def test_what_was_passed_over_is_counted(tmp_path: Path) -> None:
    """If this fails, images in the wrong place, or of a kind that is not read, are missing and nobody knows."""
    write_classes(tmp_path, {"a": 1, "b": 1})
    assert passed_over(scan(tmp_path)) == ""
    (tmp_path / "a" / "scan.heic").touch()
    said = passed_over(scan(tmp_path))
    assert said.startswith(f"1 file was passed over, as {tmp_path / 'a' / 'scan.heic'}: what counts are .bmp, .gif, ")
    write_image(tmp_path / "loose.png", np.zeros((4, 4, 3), dtype=np.uint8))
    (tmp_path / ".hidden").touch()
    said = passed_over(scan(tmp_path), scan(tmp_path))
    assert said.startswith(f"4 files were passed over, as {tmp_path / 'loose.png'}")


def test_upper_case_sub_folders_and_links_count(tmp_path: Path) -> None:
    """Broken: images as cameras and people store them would be left out in silence."""
    write_classes(tmp_path / "images", {"a": 1, "b": 1, "a/deep/deeper": 2})
    write_image(tmp_path / "images" / "b" / "B.JPEG", np.zeros((4, 4, 3), dtype=np.uint8))
    (tmp_path / "images" / "c").symlink_to(tmp_path / "images" / "a", target_is_directory=True)
    found = scan(tmp_path / "images")
    assert found.classes == ("a", "b", "c")
    assert [found.labels.count(label) for label in range(3)] == [3, 2, 3]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """Broken: a link to the folder above would be followed for ever."""
    write_classes(tmp_path, {"a": 2, "b": 2})
    (tmp_path / "a" / "up").symlink_to(tmp_path / "a", target_is_directory=True)
    assert len(scan(tmp_path).paths) == 4


def test_missing_folder_is_named(tmp_path: Path) -> None:
    """Broken: a traceback for a mistyped path."""
    with user_error(tmp_path / "gone", "does not exist"):
        scan(tmp_path / "gone")


@pytest.mark.parametrize("closed", [".", "a", "a/deep"])
def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str) -> None:
    """If this fails, a missing permission is a traceback, or images are left out in silence."""
    write_classes(tmp_path, {"a": 1, "b": 1, "a/deep": 1})
    listed = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path) == tmp_path / closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "listdir", lambda path: [entry.name for entry in os.scandir(path)])
    with user_error(f"cannot read the image folder {tmp_path / closed}", "Permission denied"):
        scan(tmp_path)


def test_a_name_that_no_folder_can_have_is_named(tmp_path: Path) -> None:
    """If this fails, a path that is too long is a traceback."""
    with user_error("cannot read the image folder", "too long"):
        scan(tmp_path / ("a" * 300))


@pytest.mark.parametrize(("counts", "said"), [({}, "none"), ({"only": 2}, "only 'only'")])
def test_fewer_than_two_classes_are_refused(tmp_path: Path, counts: dict[str, int], said: str) -> None:
    """Broken: a network with one output would be searched for."""
    write_classes(tmp_path, counts)
    with user_error(tmp_path, "two or more folders", said):
        scan(tmp_path)


@pytest.mark.parametrize("least", [1, 3])
def test_class_with_too_few_images_is_named(tmp_path: Path, least: int) -> None:
    """Broken: a class would be missing from a split."""
    write_classes(tmp_path, {"a": 3, "b": 3, "few": least - 1})
    (tmp_path / "few").mkdir(exist_ok=True)
    with user_error(tmp_path / "few", f"{least} or more", f"there are {least - 1}"):
        scan(tmp_path, least)


def test_splits_of_other_classes_are_refused(tmp_path: Path) -> None:
    """Broken: class 1 of the test images would be another than class 1 of the training."""
    write_classes(tmp_path / "train", {"a": 1, "b": 1, "c": 1})
    write_classes(tmp_path / "val", {"a": 1, "c": 1})
    with user_error("'b'", tmp_path / "train", f"{tmp_path / 'val'} has not"):
        same_classes(scan(tmp_path / "train"), scan(tmp_path / "val"))


def test_missing_image_size_is_asked_for(tmp_path: Path) -> None:
    """Broken: images of different sizes could not be stacked."""
    write_classes(tmp_path, {"a": 1, "b": 1})
    with user_error("folder", "image_size"):
        scan(tmp_path).images(DataSettings("folder"), CPU)
