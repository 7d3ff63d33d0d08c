"""Images that are in both splits, byte for byte."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from dsrna.data.loading import Dataset

CHUNK = 2**20


def duplicates(dataset: Dataset) -> str:
    """Return a sentence on the files of the test split that are in the training split too; nothing where none is.

    Only files of one size are read. Images that are not in files of their own are not looked at.
    """
    train, test = (images.sources or () for images in (dataset.train, dataset.test))
    shared = {path.stat().st_size for path in train} & {path.stat().st_size for path in test}
    known = {_digest(path): path for path in _of_size(train, shared)}
    found = [(path, known[digest]) for path in _of_size(test, shared) if (digest := _digest(path)) in known]
    if not found:
        return ""
    return (
        f"{len(found):,} of {len(test):,} test images are training images too, byte for byte: {found[0][0]} is "
        f"{found[0][1]}; what is right about them says nothing of new images"
    )


def _of_size(paths: Sequence[Path], sizes: set[int]) -> Iterable[Path]:
    return (path for path in paths if path.stat().st_size in sizes)


def _digest(path: Path) -> bytes:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.digest()
