"""A folder of classes: one sub-folder a class, image files anywhere below it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from dsrna.data.folder_images import FolderImages
from dsrna.data.pictures import SUFFIXES
from dsrna.data.settings import DataSettings
from dsrna.errors import UserError


@dataclass(frozen=True)
class ClassFolder:
    """The images of a folder, sorted by class and path; ``labels[i]`` is the class of ``paths[i]``.

    ``others``: the files that were passed over, but for dot-files: beside the class folders, or of another kind.
    """

    root: Path
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    others: tuple[Path, ...] = ()

    def images(self, settings: DataSettings, device: torch.device) -> FolderImages:
        """Open the images in the size of ``settings``, which must be given, in colour unless it says otherwise."""
        if settings.image_size is None:
            raise UserError(f"{settings.name} needs an image_size: the side in pixels that {self.root} is scaled to")
        labels = torch.tensor(self.labels, device=device)
        return FolderImages(
            self.paths, labels, size=settings.image_size, channels=settings.channels or 3, workers=settings.workers
        )


def scan(root: Path, least: int = 1) -> ClassFolder:
    """List the classes and the images of ``root``; dot-files and files that are no images are passed over.

    A folder that is missing or empty, has one class, or a class of fewer than ``least`` images raises ``UserError``.
    """
    classes = subfolders(root)
    if len(classes) < 2:
        found = f"only {classes[0]!r}" if classes else "none"
        raise UserError(f"{root} must hold two or more folders of images, one a class; there is {found}")
    there = [tuple(_files(root / name)) for name in classes]
    files = [tuple(filter(_is_image, paths)) for paths in there]
    for name, paths in zip(classes, files, strict=True):
        if len(paths) < least:
            raise UserError(f"the class folder {root / name} must hold {least} or more images; there are {len(paths)}")
    labels = tuple(label for label, paths in enumerate(files) for _ in paths)
    others = (*_beside(root), *(path for paths in there for path in paths if not _is_image(path)))
    return ClassFolder(root, classes, tuple(path for paths in files for path in paths), labels, others)


def passed_over(*folders: ClassFolder) -> str:
    """Return a sentence on the files that are no images of a class; nothing where there is none."""
    others = [path for folder in folders for path in folder.others]
    if not others:
        return ""
    return (
        f"{len(others):,} {'file was' if len(others) == 1 else 'files were'} passed over, as {others[0]}: "
        f"what counts are {', '.join(sorted(SUFFIXES))} in the folder of a class"
    )


def subfolders(root: Path) -> tuple[str, ...]:
    """Return the names of the folders in ``root``, sorted, without those that begin with a dot."""
    try:
        if not root.is_dir():
            raise UserError(f"the image folder {root} does not exist")
        return tuple(sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")))
    except OSError as error:
        raise _unreadable(error) from error


def same_classes(train: ClassFolder, test: ClassFolder) -> None:
    """Raise ``UserError`` where the two splits do not have the same classes."""
    for name in sorted(set(train.classes) ^ set(test.classes)):
        have, lack = (train, test) if name in train.classes else (test, train)
        raise UserError(f"{have.root} has the class {name!r}, but {lack.root} has not")


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below ``folder``, sorted, through links to folders but not in circles; no dot-files."""
    seen = set()
    for place, folders, files in os.walk(folder, followlinks=True, onerror=_refuse):
        seen.add(os.path.realpath(place))
        folders[:] = sorted(name for name in folders if not name.startswith(".") and _new(place, name, seen))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def _beside(root: Path) -> list[Path]:
    """Return the files that lie beside the class folders; no dot-files."""
    return sorted(path for path in root.iterdir() if not path.is_dir() and not path.name.startswith("."))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _refuse(error: OSError) -> None:
    """Stop a walk that would go on without what cannot be listed."""
    raise _unreadable(error) from error


def _unreadable(error: OSError) -> UserError:
    return UserError(f"cannot read the image folder {error.filename}: {error.strerror}")


def _new(place: str, name: str, seen: set[str]) -> bool:
    return os.path.realpath(Path(place, name)) not in seen
