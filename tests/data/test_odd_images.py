"""What lies in image folders: a table of oddities, and what becomes of each."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from data_files import CPU, user_error, write_classes
from PIL import Image

from dsrna.data import DataSettings, batches, duplicates
from dsrna.data.folder import folder
from dsrna.data.folders import scan
from dsrna.data.pictures import decode
from dsrna.errors import UserError

COLOUR = np.stack([np.arange(64, dtype=np.uint8).reshape(8, 8) * 3] * 3, axis=-1)


def sparse(path: Path) -> None:
    """A file of a terabyte that takes no room."""
    path.touch()
    os.truncate(path, 2**40)


def blank_png(width: int, height: int, *, rows: int | None = None) -> bytes:
    """A grey PNG of so many pixels, all black; ``rows``: so many of eight pixels are there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes((1 + width) * height) if rows is None else bytes(9 * rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def text_bomb(path: Path) -> None:
    """A PNG with a comment that unpacks to a gigabyte."""
    packed = zlib.compressobj()
    data = b"Comment\0\0" + b"".join(packed.compress(bytes(2**20)) for _ in range(100)) + packed.flush()
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    whole = blank_png(8, 8)
    path.write_bytes(whole[:33] + chunk + whole[33:])


def animation(path: Path) -> None:
    frames = [Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)]
    frames[0].save(path, format="PNG", save_all=True, append_images=frames[1:])


def saved(image: Image.Image, **options: object) -> Callable[[Path], None]:
    return lambda path: image.save(path, **options)  # type: ignore[arg-type]


def large(path: Path) -> None:
    path.write_bytes(blank_png(9_000, 9_000))


READ: dict[str, Callable[[Path], None]] = {
    "one pixel.png": saved(Image.new("RGB", (1, 1), (9, 9, 9))),
    "line.png": saved(Image.new("L", (500, 1), 9)),
    "cmyk.jpg": saved(Image.new("CMYK", (8, 8), (1, 2, 3, 4))),
    "lab.tif": saved(Image.new("LAB", (8, 8))),
    "one bit.tif": saved(Image.new("1", (8, 8))),
    "grey and alpha.png": saved(Image.new("LA", (8, 8))),
    "transparent palette.gif": saved(Image.new("P", (8, 8)), transparency=0),
    "sixteen bits.png": saved(Image.fromarray(np.full((8, 8), 40000, np.uint16))),
    "thirty-two bits.tif": saved(Image.fromarray(np.full((8, 8), 40000, np.int32))),
    "animated.png": animation,
    "wrong suffix.jpg": saved(Image.fromarray(COLOUR), format="PNG"),
    "9,000 a side.png": large,
    "name\nwith a break.png": saved(Image.fromarray(COLOUR)),
    "n\xe4m\u0435 \u6f22\u5b57 \U0001f600.png": saved(Image.fromarray(COLOUR)),
    "\x1b[31mred.png": saved(Image.fromarray(COLOUR)),
    "--help.png": saved(Image.fromarray(COLOUR)),
    os.fsdecode(b"not utf-8 \xff.png"): saved(Image.fromarray(COLOUR)),
}
REFUSED: dict[str, Callable[[Path], object]] = {
    "empty.png": Path.touch,
    "text.png": lambda path: path.write_text("no image"),
    "cut.png": lambda path: path.write_bytes(blank_png(8, 8)[:40]),
    "few rows.png": lambda path: path.write_bytes(blank_png(8, 8, rows=2)[:-20]),
    "no pixels.png": lambda path: path.write_bytes(blank_png(0, 8)),
    "no pixels.gif": lambda path: path.write_bytes(
        b"GIF89a" + bytes(4) + b"\x80\0\0" + bytes(6) + b"," + bytes(9) + b"\2;"
    ),
    "no pixels.bmp": lambda path: path.write_bytes(
        b"BM" + struct.pack("<IHHIIiiHH", 54, 0, 0, 54, 40, 0, 8, 1, 24) + bytes(24)
    ),
    "no pixels.ppm": lambda path: path.write_bytes(b"P6 0 8 255\n"),
    "a bulletin of the weather.png": lambda path: path.write_bytes(b"BUFR" + bytes(100)),
    "tables.png": lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)),
    "14,000 a side.png": lambda path: path.write_bytes(blank_png(14_000, 14_000, rows=1)),
    "20,000 a side.png": lambda path: path.write_bytes(blank_png(20_000, 20_000, rows=1)),
    "bomb.png": lambda path: path.write_bytes(blank_png(2**31 - 1, 2**31 - 1, rows=1)),
    "text bomb.png": text_bomb,
    "terabyte.png": sparse,
    "floating point.tif": saved(Image.fromarray(np.ones((8, 8), np.float32))),
    "broken link.png": lambda path: path.symlink_to(path.with_name("nowhere.png")),
    "link to itself.png": lambda path: path.symlink_to(path),
    "folder.png": Path.mkdir,
    "pipe.png": os.mkfifo,
    "broken\nname.png": Path.touch,
}


BOUNDED = {
    "14,000 a side.png": "exceeds limit",
    "20,000 a side.png": "exceeds limit",
    "bomb.png": "exceeds limit",
    "text bomb.png": "too large",
    "terabyte.png": "more than 1,073,741,824",
}
"""What is refused for its size, before its bytes are looked at."""


@pytest.mark.parametrize("name", READ, ids=ascii)
def test_what_can_be_read_is_read(name: str, tmp_path: Path) -> None:
    """If this fails, an image that people have stops a run, or a name does."""
    READ[name](tmp_path / name)
    assert decode(tmp_path / name, 4, 3).shape == (4, 4, 3)


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_what_cannot_be_read_is_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    """If this fails, one file hangs a run, eats the memory, or ends it in a traceback."""
    REFUSED[name](tmp_path / name)
    with pytest.raises(UserError) as caught:
        decode(tmp_path / name, 4, 3)
    assert str(caught.value).isprintable()
    assert name.replace("\n", "\\n") in str(caught.value)
    assert BOUNDED.get(name, "") in str(caught.value)


def test_a_very_large_image_is_read_with_a_warning(tmp_path: Path) -> None:
    """If this fails, a large scan ends a run: tests alone make errors of warnings, where a bomb begins is above."""
    (tmp_path / "10,000 a side.png").write_bytes(blank_png(10_000, 10_000))
    with pytest.warns(Image.DecompressionBombWarning, match="could be decompression bomb"):
        assert not decode(tmp_path / "10,000 a side.png", 4, 1).any()


@pytest.mark.parametrize("name", [name for name in READ if name.endswith(".png")], ids=ascii)
def test_names_of_every_kind_go_through_a_folder(name: str, tmp_path: Path) -> None:
    """If this fails, the name of a file, not its pixels, ends a run."""
    write_classes(tmp_path, {"a": 3, "b": 3})
    READ["--help.png"](tmp_path / "a" / name)
    data = folder(DataSettings("folder", tmp_path, image_size=4), seed=0, device=CPU)
    assert sum(len(x) for images in (data.train, data.test) for x, _ in batches(images, 4)) == 7


def test_links_out_of_the_folder_are_followed_and_circles_end(tmp_path: Path) -> None:
    """If this fails, a folder of links to images is empty, or is walked for ever."""
    write_classes(tmp_path / "in", {"a": 1, "b": 1})
    write_classes(tmp_path / "out", {"more": 2})
    (tmp_path / "in" / "a" / "out").symlink_to(tmp_path / "out")
    (tmp_path / "out" / "back").symlink_to(tmp_path / "in" / "a")
    (tmp_path / "in" / "b" / "link.png").symlink_to(tmp_path / "out" / "more" / "000.png")
    assert len(scan(tmp_path / "in").paths) == 5


def test_images_in_both_splits_are_told(tmp_path: Path) -> None:
    """If this fails, a network is praised for what it has learnt by heart."""
    write_classes(tmp_path / "train", {"a": 3, "b": 3})
    write_classes(tmp_path / "test", {"a": 1, "b": 1}, side=7)
    settings = DataSettings("folder", tmp_path, image_size=4)
    assert duplicates(folder(settings, seed=0, device=CPU)) == ""
    (tmp_path / "test" / "b" / "again.png").write_bytes((tmp_path / "train" / "a" / "001.png").read_bytes())
    said = duplicates(folder(settings, seed=0, device=CPU))
    assert said.startswith("1 of 3 test images are training images too")
    assert str(tmp_path / "test" / "b" / "again.png") in said
    assert str(tmp_path / "train" / "a" / "001.png") in said


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("name", ["broken link.png", "pipe.png"])
def test_what_cannot_be_looked_at_is_named_before_it_is_trained_on(tmp_path: Path, split: str, name: str) -> None:
    """If this fails, a broken link in either split is a traceback, or a pipe keeps the run waiting."""
    write_classes(tmp_path / "train", {"a": 2, "b": 2})
    write_classes(tmp_path / "test", {"a": 1, "b": 1})
    REFUSED[name](tmp_path / split / "a" / name)
    with user_error("cannot read", tmp_path / split / "a" / name):
        duplicates(folder(DataSettings("folder", tmp_path, image_size=4), seed=0, device=CPU))


@pytest.mark.parametrize(("counts", "said"), [({"a": 5}, "two or more"), ({"a": 5, "b": 1}, "3 or more images")])
def test_too_few_classes_or_images_are_one_line(tmp_path: Path, counts: dict[str, int], said: str) -> None:
    """If this fails, a network of one class is searched for, or a class is in one split only."""
    write_classes(tmp_path, counts)
    with pytest.raises(UserError, match=said):
        folder(DataSettings("folder", tmp_path, image_size=4), seed=0, device=CPU)
