"""The idx format: what is read, and what is refused."""

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from data_files import user_error, write_idx

from dsrna.data.idx import read_idx

VALUES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
PACKED = gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 2, 3, 4) + VALUES.tobytes(), mtime=0)


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


@pytest.mark.parametrize("count", [1_000, 2**32 - 1])
def test_a_small_file_that_unpacks_to_much_takes_little(tmp_path: Path, count: int) -> None:
    """If this fails, a file of a few kilobytes takes all the memory."""
    path = tmp_path / "values.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", count) + bytes(2**25)))
    tracemalloc.start()
    with user_error(path, "but its header says"):
        read_idx(path, 1)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < (2**23 if count == 1_000 else 2**27)


def test_a_header_of_more_than_is_ever_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a header that tells the truth of a file that unpacks to all the memory is believed."""
    monkeypatch.setattr("dsrna.data.idx.MOST", 1_000)
    write_idx(tmp_path / "values.gz", np.zeros(1_001, dtype=np.uint8))
    with user_error(tmp_path / "values.gz", "more than 1,000 bytes"):
        read_idx(tmp_path / "values.gz", 1)


@pytest.mark.parametrize("content", [b"no gzip", PACKED[:-9], PACKED[:-1] + b"x"])
def test_damaged_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    """Broken: a traceback instead of the name of the file to fetch again."""
    (tmp_path / "values.gz").write_bytes(content)
    with user_error(tmp_path / "values.gz", "fetch it again"):
        read_idx(tmp_path / "values.gz", 3)
