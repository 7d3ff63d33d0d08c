"""Which of the user's own images are for training, and which for the test."""

import csv
import io
import os
from collections.abc import Iterator
from itertools import zip_longest

from dsrna.data import Dataset, duplicates
from dsrna.errors import UserError
from dsrna.runtime.files import read_text, write_text
from dsrna.runtime.run_folder import RunFolder

OWN = "folder"
"""The data set of which nobody else has a list."""


def record_split(folder: RunFolder, dataset: Dataset) -> str:
    """Write ``split.csv``; where it is there, other images than it lists raise ``UserError``.

    Return what is to be said of the split when it is new.
    """
    if dataset.name != OWN:
        return ""
    table = _table(dataset)
    if not folder.split.exists():
        write_text(folder.split, table)
        return duplicates(dataset)
    both = zip_longest(read_text(folder.split).splitlines(), table.splitlines(), fillvalue="nothing")
    for number, (was, now) in enumerate(both, start=1):
        if was != now:
            raise UserError(
                f"the images have changed since this run was begun: line {number} of {folder.split} says "
                f"{was}, and would now say {now}; begin another with --out"
            )
    return ""


def _table(dataset: Dataset) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["split", "class", "file"])
    writer.writerows(_rows(dataset))
    return table.getvalue().encode("utf-8", "backslashreplace").decode("utf-8")


def _rows(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    named = [
        (split, images, images.sources or ()) for split, images in (("train", dataset.train), ("test", dataset.test))
    ]
    root = os.path.commonpath([path for _, _, paths in named for path in paths])
    for split, images, paths in named:
        for path, label in zip(paths, images.labels.tolist(), strict=True):
            yield split, dataset.classes[label], os.path.relpath(path, root)
