"""Where data is looked for: the folder given, ``$DSRNA_DATA``, the cache."""

import os
from collections.abc import Sequence
from pathlib import Path

import pooch

from dsrna.errors import UserError

VARIABLE = "DSRNA_DATA"


class NotFoundError(UserError):
    """Files that are in none of the places."""


def places(directory: Path | None) -> tuple[Path, ...]:
    """Return the folders to look in, in this order; ``directory`` and ``$DSRNA_DATA`` where they are given."""
    variable = os.environ.get(VARIABLE)
    given = [directory, Path(variable) if variable else None, Path(pooch.os_cache("dsrna"))]
    return tuple(place for place in given if place is not None)


def located(directory: Path | None, layouts: Sequence[str], marks: Sequence[str]) -> Path | None:
    """Return the first folder, place by place and layout by layout, that holds any of the ``marks``.

    A ``directory`` that does not exist raises ``UserError``: a mistyped name must not lead to other data. So does one
    that may not be looked into.
    """
    try:
        if directory is not None and not directory.is_dir():
            raise UserError(f"the data folder {directory} does not exist")
        folders = (place / layout for place in places(directory) for layout in layouts)
        return next((folder for folder in folders if any((folder / mark).exists() for mark in marks)), None)
    except OSError as error:
        raise UserError(f"cannot look into {error.filename}: {error.strerror}") from error


def find(name: str, directory: Path | None, layouts: Sequence[str], marks: Sequence[str], remedy: str) -> Path:
    """Return the folder that ``located`` gives; where there is none, ``UserError`` lists the places and the remedy."""
    folder = located(directory, layouts, marks)
    if folder is None:
        sought = ", ".join(str(place / layout) for place in places(directory) for layout in layouts)
        raise NotFoundError(f"{name} was found in none of {sought}; {remedy}")
    return folder
