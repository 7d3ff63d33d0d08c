"""The idx format: what is read, and what is refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from data_files import user_error, write_idx

from dsrna.data.idx import read_idx

VALUES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("name", ["values", "values.gz"])
def test_values_come_back(tmp_path: Path, name: str) -> None:
    """Broken: pixels of MNIST would be shifted or transposed."""
    write_idx(tmp_path / name, VALUES)
    assert np.array_equal(read_idx(tmp_path / name, 3), VALUES)


@pytest.mark.parametrize("content", [b"", b"\0\0\x08\x03", b"\0\0\x0d\x03" + bytes(12), b"\0\0\x08\x01" + bytes(4)])
def test_another_format_is_refused(tmp_path: Path, content: bytes) -> None:
    """Broken: any bytes would pass as images."""
    (tmp_path / "values").write_bytes(content)
    with user_error(tmp_path / "values", "not an idx file"):
        read_idx(tmp_path / "values", 3)


@pytest.mark.parametrize("change", [-1, 1])
def test_another_number_of_bytes_is_refused(tmp_path: Path, change: int) -> None:
    """Broken: a download that stopped would be read as fewer images."""
    write_idx(tmp_path / "values", VALUES)
    data = (tmp_path / "values").read_bytes()
    (tmp_path / "values").write_bytes((data + b"\0")[: len(data) + change])
    with user_error(tmp_path / "values", f"holds {24 + change} bytes", "2x3x4"):
        read_idx(tmp_path / "values", 3)


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(bytes(99), mtime=0)[:-9], gzip.compress(bytes(99), mtime=0)[:-1] + b"x"]
)
def test_damaged_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    """Broken: a traceback instead of the name of the file to fetch again."""
    (tmp_path / "values.gz").write_bytes(content)
    with user_error(tmp_path / "values.gz", "fetch it again"):
        read_idx(tmp_path / "values.gz", 3)
