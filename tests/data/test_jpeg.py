"""JPEGs that are decoded without opening them: the same pixels, and only where there is nothing else to look at."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dsrna.data.jpeg import plain_jpeg
from dsrna.data.pictures import decode

PHOTOGRAPH = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def jpeg(pixels: NDArray[np.uint8] = PHOTOGRAPH, mode: str = "RGB", **options: Any) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 3), ("L", 1)])
@pytest.mark.parametrize(
    "options",
    [{}, {"quality": 100, "subsampling": 0}, {"progressive": True}, {"optimize": True, "comment": b"mine"}],
    ids=["usual", "best", "progressive", "comment"],
)
def test_pixels_are_those_of_pillow(mode: str, channels: int, options: dict[str, Any]) -> None:
    """Broken: the same file would be another image, depending on how it was read."""
    data = jpeg(mode=mode, **options)
    with Image.open(BytesIO(data)) as image:
        expected = np.asarray(image).reshape(12, 12, channels)
    found = plain_jpeg(data, 12, channels)
    assert found is not None
    assert np.array_equal(found, expected)


OTHERS = {
    "other size": jpeg(PHOTOGRAPH[:8, :8]),
    "not square": jpeg(PHOTOGRAPH[:8]),
    "grey": jpeg(mode="L"),
    "four colours": jpeg(mode="CMYK"),
    "turned by EXIF": jpeg(exif=turned()),
    "turned by XMP": jpeg(xmp=XMP),
    "colour profile": jpeg(icc_profile=b"profile" * 10),
    "cut off": jpeg()[:-40],
    "without a scan": jpeg()[:200],
    "fill bytes": jpeg()[:2] + b"\xff" + jpeg()[2:],
    "two frames": jpeg().replace(b"\xff\xc0", b"\xff\xc0\x00\x11\x08\x00\x0c\x00\x0c\x03" + bytes(9) + b"\xff\xc0", 1),
    "no JPEG": b"\x89PNG\r\n\x1a\n",
    "nothing": b"",
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_every_other_file_is_left_to_pillow(data: bytes) -> None:
    """Broken: a photograph would lie on its side, or be taken for one of another size, or damage go unseen."""
    assert plain_jpeg(data, 12, 3) is None


def test_a_plain_jpeg_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken: the first pass over a folder of small images would take longer than decoding them."""
    (tmp_path / "a.jpg").write_bytes(jpeg())
    expected = decode(tmp_path / "a.jpg", 12, 3)
    monkeypatch.setattr(Image, "open", None)
    assert np.array_equal(decode(tmp_path / "a.jpg", 12, 3), expected)
