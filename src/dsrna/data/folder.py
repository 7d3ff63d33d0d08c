"""The user's own images: a folder a class."""

from pathlib import Path

import torch

from dsrna.data.folders import passed_over, same_classes, scan, subfolders
from dsrna.data.images import Deferred
from dsrna.data.loading import Dataset, dataset
from dsrna.data.settings import DataSettings
from dsrna.data.splits import halves
from dsrna.errors import UserError
from dsrna.runtime import seeds

TEST_SHARE = 0.2
TEST_NAMES = ("test", "val")


@dataset(
    "folder",
    summary="your own images, a folder a class: train/ beside test/ or val/, or one folder split 80/20",
    source="the user's own",
)
def folder(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:  # noqa: ARG001
    """A split that is ours is a constant: every run, whatever its seed, is judged on the same images."""
    if settings.directory is None:
        raise UserError("folder needs the directory of your images: --data-dir DIR")
    if "train" in subfolders(settings.directory):
        return presplit("folder", settings.directory / "train", _test(settings.directory), settings, device)
    return _split(settings.directory, settings, device)


def presplit(name: str, train: Path, test: Path, settings: DataSettings, device: torch.device) -> Dataset:
    """Load two folders of the same classes, one a split."""
    train_files, test_files = scan(train, least=2), scan(test)
    same_classes(train_files, test_files)
    images = train_files.images(settings, device)
    remark = passed_over(train_files, test_files)
    return Dataset(name, train_files.classes, images, Deferred(lambda: test_files.images(settings, device)), remark)


def _test(directory: Path) -> Path:
    for name in TEST_NAMES:
        if (directory / name).is_dir():
            return directory / name
    raise UserError(f"{directory} has train/, but neither test/ nor val/ beside it")


def _split(directory: Path, settings: DataSettings, device: torch.device) -> Dataset:
    files = scan(directory, least=3)
    train, test = halves(files.images(settings, device), TEST_SHARE, seeds.generator(0, "data", "folder"))
    return Dataset("folder", files.classes, train, test, passed_over(files))
