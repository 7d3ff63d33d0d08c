"""Files that are written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from dsrna.errors import UserError, shown
from dsrna.runtime.reading import regular

SCRATCH: Final = ".partial"
"""How the name of a file ends that is still being written."""
LARGEST: Final = 1e100
"""What JSON that is read may hold at most."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; when the block ends well it takes the place of ``path``.

    A full disk, a missing permission or any other error of the file system is a ``UserError`` that names the
    file; what stood at ``path`` before stays as it was.
    """
    scratch: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(SCRATCH, f".{path.name}.", path.parent)
        os.close(handle)
        scratch = Path(name)
        yield scratch
        _flush(scratch)
        scratch.chmod(0o666 & ~_umask())
        scratch.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}; nothing that was there is lost") from error
    finally:
        if scratch is not None:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


@contextmanager
def growing(path: Path) -> Iterator[IO[str]]:
    """Open a text file that another process writes into as it goes: a log. Errors are those of ``replacing``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def remove(path: Path) -> None:
    """Remove a file if it is there; one that cannot be removed is a ``UserError`` that names it."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"cannot remove {path}: {error.strerror or error}") from error


def sweep(folder: Path) -> None:
    """Remove what writers that were killed have left; nobody may be writing into ``folder``."""
    for scratch in folder.rglob(f".*{SCRATCH}"):
        remove(scratch)


def write_bytes(path: Path, data: bytes) -> None:
    with replacing(path) as scratch:
        scratch.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8; of the name of a file, what is none is told by its escape."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_json_lines(path: Path, rows: Iterable[Any]) -> None:
    write_text(path, "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows))


def read_text(path: Path) -> str:
    """Read a UTF-8 file; a missing or unreadable one, and one without an end, is a ``UserError`` that names it."""
    try:
        return regular(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"cannot read {path}: not UTF-8 text (byte {error.start})") from error


def read_json(path: Path) -> Any:
    """Read a JSON file; malformed JSON is a ``UserError`` that names file and line."""
    return parsed_json(read_text(path), str(path))


def read_json_lines(path: Path) -> list[Any]:
    lines = read_text(path).splitlines()
    return [parsed_json(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]


def parsed_json(text: str, where: str) -> Any:
    """Read JSON; what is malformed, nested beyond measure or holds no finite number is a ``UserError`` with ``where``.

    Numbers are of a size that can be drawn and subtracted; none that is written by us comes near its limit.
    """
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise UserError(f"{where}: not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except (RecursionError, ValueError) as error:
        raise UserError(f"{where}: cannot be read: {error}") from error


def _finite(text: str) -> float:
    number = float(text)
    if not abs(number) <= LARGEST:
        raise ValueError(f"numbers must be finite and within {LARGEST:g}, not {shown(text)}")
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _flush(path: Path) -> None:
    """Force the bytes to the disk before the rename, so that a power cut leaves the old file or the new one."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
