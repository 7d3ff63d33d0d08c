"""Images that are in both splits, byte for byte."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from dsrna.data.loading import Dataset
from dsrna.errors import UserError
from dsrna.runtime.reading import regular

CHUNK = 2**20


def duplicates(dataset: Dataset) -> str:
    """Return a sentence on the files of the test split that are in the training split too; nothing where none is.

    Only files of one size are read. Images that are not in files of their own are not looked at; a file that cannot be
    is a ``UserError`` that names it.
    """
    train, test = (images.sources or () for images in (dataset.train, dataset.test))
    shared = set(map(_size, train)) & set(map(_size, test))
    known = {_digest(path): path for path in _of_size(train, shared)}
    found = [(path, known[digest]) for path in _of_size(test, shared) if (digest := _digest(path)) in known]
    if not found:
        return ""
    return (
        f"{len(found):,} of {len(test):,} test images are training images too, byte for byte: {found[0][0]} is "
        f"{found[0][1]}; what is right about them says nothing of new images"
    )


def _of_size(paths: Sequence[Path], sizes: set[int]) -> Iterable[Path]:
    return (path for path in paths if _size(path) in sizes)


def _size(path: Path) -> int:
    return regular(path).stat().st_size


def _digest(path: Path) -> bytes:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    return found.digest()
