"""Files are written whole or not at all."""

import errno
from pathlib import Path

import pytest

from dsrna.errors import UserError
from dsrna.runtime import files


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """If this fails, results on the disk are not the results."""
    files.write_json(tmp_path / "new" / "value.json", {"a": [1, 2.5, None]})
    assert files.read_json(tmp_path / "new" / "value.json") == {"a": [1, 2.5, None]}
    files.write_json_lines(tmp_path / "rows.jsonl", [{"epoch": 1}, {"epoch": 2}])
    assert files.read_json_lines(tmp_path / "rows.jsonl") == [{"epoch": 1}, {"epoch": 2}]


def test_a_failure_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    """If this fails, a killed run leaves half a file where a whole one was."""
    path = tmp_path / "value.txt"
    files.write_text(path, "old")
    with pytest.raises(ZeroDivisionError), files.replacing(path) as scratch:
        scratch.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    """If this fails, a full disk is a traceback, or costs the user what was there."""
    path = tmp_path / "value.txt"
    files.write_text(path, "old")
    with pytest.raises(UserError, match="No space left on device; nothing that was there is lost"):
        with files.replacing(path) as scratch:
            scratch.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot read"), (b"\xff\xfe", "not UTF-8"), (b"{\n1", "line 2")],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """If this fails, the user does not learn which file is damaged, and where."""
    path = tmp_path / "value.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=reason) as caught:
        files.read_json(path)
    assert str(path) in str(caught.value)


def test_json_never_holds_nan(tmp_path: Path) -> None:
    """If this fails, result files are not JSON that others can read."""
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(tmp_path / "value.json", float("nan"))
