"""Files of the user's, read to their end and no further than is reasonable."""

import gzip
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from dsrna.errors import UserError

CHUNK: Final = 2**20


@runtime_checkable
class Readable(Protocol):
    """A file that is open to be read."""

    def read(self, size: int, /) -> bytes: ...


def regular(path: Path) -> Path:
    """Return the path of a file that has an end; of a folder, a pipe and a device it is a ``UserError``."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(mode):
        raise UserError(f"cannot read {path}: it is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}")
    return path


def is_file(path: Path) -> bool:
    """Tell whether a regular file has that name; a name that none can have is not one."""
    try:
        return path.is_file()
    except OSError:
        return False


@contextmanager
def opened(path: Path, remedy: str = "") -> Iterator[Readable]:
    """Open a file to read its bytes, unpacked where its name ends in ``.gz``.

    What goes wrong while it is open is a ``UserError`` that names it, and says the ``remedy``.
    """
    try:
        with gzip.open(regular(path)) if path.suffix == ".gz" else regular(path).open("rb") as file:
            yield file
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}{remedy}") from error


def at_most(file: Readable, count: int) -> bytearray:
    """Read so many bytes, or all that there are; memory is taken for those that come, not for those asked for."""
    found = bytearray()
    while len(found) < count and (piece := file.read(min(CHUNK, count - len(found)))):
        found += piece
    return found
