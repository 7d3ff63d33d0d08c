"""Files of the user's are read to their end, and what has none is refused."""

import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

from dsrna.data.idx import read_idx
from dsrna.data.pictures import decode, stored_size
from dsrna.errors import UserError
from dsrna.ranking import GroundTruth
from dsrna.runtime.reading import at_most, opened, regular
from dsrna.runtime.yaml_files import read_yaml
from dsrna.spaces import find_architecture, load_architecture
from dsrna.stages.importing import load_weights

READERS: dict[str, Callable[[Path], object]] = {
    "config.yaml": read_yaml,
    "genotype.json": load_architecture,
    "architecture.txt": lambda path: find_architecture(str(path)),
    "table.csv": GroundTruth.read,
    "table.csv.gz": GroundTruth.read,
    "images.idx": lambda path: read_idx(path, 3),
    "images.idx.gz": lambda path: read_idx(path, 3),
    "image.png": lambda path: decode(path, 4, 3),
    "size.png": stored_size,
}
ENDLESS: list[Callable[[Path], object]] = [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("make", [*ENDLESS, lambda _: None])
def test_what_is_no_file_is_one_line_that_names_it(name: str, make: Callable[[Path], object], tmp_path: Path) -> None:
    """If this fails, a pipe is waited for for ever, or a device read until the memory is full."""
    make(tmp_path / name)
    with pytest.raises(UserError) as caught:
        READERS[name](tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("make", ENDLESS)
@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
def test_weights_that_are_no_file_are_refused(name: str, make: Callable[[Path], object], tmp_path: Path) -> None:
    """If this fails, `dsrna attack --weights PIPE` waits for ever."""
    make(tmp_path / name)
    with pytest.raises(UserError, match=f"cannot read {tmp_path / name}"):
        load_weights(nn.Linear(1, 1), tmp_path / name)


@pytest.mark.parametrize("name", ["a" * 5_000, "a\0b", "link"])
def test_names_that_no_file_has_are_one_line(name: str, tmp_path: Path) -> None:
    """If this fails, a name that is too long, or a link to itself, is a traceback."""
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(UserError, match="cannot read"):
        regular(tmp_path / name)


def test_contents_come_packed_or_not(tmp_path: Path) -> None:
    """If this fails, what is read is not what was written."""
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"abc"))
    for name in ("a", "a.gz"):
        with opened(tmp_path / name) as file:
            assert at_most(file, 2) == b"ab"
            assert at_most(file, 2**62) == b"c"


def test_damage_is_told_with_its_remedy(tmp_path: Path) -> None:
    """If this fails, a damaged file is a traceback, or nobody says what to do about it."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"abc")[:-1])
    with (
        pytest.raises(UserError, match=r"a\.gz: .*; fetch it again"),
        opened(tmp_path / "a.gz", "; fetch it again") as file,
    ):
        at_most(file, 9)


def test_short_pieces_are_put_together() -> None:
    """If this fails, a file that comes in pieces is taken for a short one."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1)

    assert at_most(Slow(b"abc"), 9) == b"abc"
