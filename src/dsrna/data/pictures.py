"""One image file to its pixels."""

import math
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from threading import RLock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from dsrna.data.crops import CENTRE, Crop
from dsrna.data.jpeg import plain_jpeg
from dsrna.errors import UserError
from dsrna.runtime.reading import regular

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
FORMATS: Final = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")
"""What the suffixes stand for. Pillow knows more than fifty formats, and starts another program to draw some."""
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
"""The second, of images half as large, is a warning unless it is said to be an error."""
MODES = {1: "L", 3: "RGB"}
MOST: Final = 2**30
"""Bytes that a file may hold."""
LARGE: Final = 2**24
"""Bytes, and pixels, beyond which images are decoded one at a time, however many threads there are."""
SPARE = 2
"""A JPEG is decoded at a half, a quarter or an eighth of its size where that leaves so many times the pixels a side."""


def decode(path: Path, size: int, channels: int, crop: Crop = CENTRE) -> NDArray[np.uint8]:
    """Read an image file: turned upright (EXIF), cropped, and the crop scaled to ``size`` pixels a side.

    Returns ``(size, size, channels)``. Grey, palette, 16-bit and CMYK images become 8-bit grey (1 channel) or RGB (3);
    of a transparent image the colours are taken, of an animated one the first frame. What cannot be read raises
    ``UserError`` naming the file.
    """
    with _naming(path), _turn(_count_bytes(path)):
        data = path.read_bytes()
        plain = plain_jpeg(data, size, channels) if crop == CENTRE else None
        return _fitted(data, size, channels, crop) if plain is None else plain


def stored_size(path: Path) -> tuple[int, int]:
    """Return width and height as they are in the file; what cannot be read raises ``UserError`` naming it."""
    with _naming(path), Image.open(regular(path), formats=FORMATS) as image:
        return image.size


def _fitted(data: bytes, size: int, channels: int, crop: Crop) -> NDArray[np.uint8]:
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        whole = math.prod(image.size)
        _draft(image, size, crop)
        # A progressive JPEG is held whole, at whatever size it is decoded.
        with _turn(whole if "progressive" in image.info else math.prod(image.size)):
            upright = _converted(_eight_bit(_upright(image)), MODES[channels])
            fitted = _resized(upright, size, crop.box(*map(float, upright.size)))
        return np.asarray(fitted).reshape(size, size, channels)


def _count_bytes(path: Path) -> int:
    count = regular(path).stat().st_size
    if count > MOST:
        raise ValueError(f"it has {count:,} bytes, more than {MOST:,}")
    return count


_ALONE: Final = RLock()


def _turn(count: int) -> AbstractContextManager[object]:
    """Let one thread at a time do what takes much memory."""
    return _ALONE if count > LARGE else nullcontext()


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except UnidentifiedImageError:
        raise UserError(f"cannot read the image {path}: it is none of {', '.join(FORMATS)}, or damaged") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, *BOMBS) as error:
        raise UserError(f"cannot read the image {path}: {error or type(error).__name__}") from error


def _draft(image: Image.Image, size: int, crop: Crop) -> None:
    """Tell the decoder of a JPEG how few pixels will do; an image of none is a ``ValueError``."""
    if not all(image.size):
        raise ValueError("it has no pixels")
    left, top, right, bottom = crop.box(*map(float, image.size))
    needed = SPARE * size / min(right - left, bottom - top)
    if needed <= 0.5:
        image.draft(None, (math.ceil(image.width * needed), math.ceil(image.height * needed)))


def _upright(image: Image.Image) -> Image.Image:
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
    return ImageOps.exif_transpose(image) if turned else image


def _resized(image: Image.Image, size: int, box: tuple[float, float, float, float]) -> Image.Image:
    if image.size == (size, size) and box == (0.0, 0.0, float(size), float(size)):
        return image
    return image.resize((size, size), Image.Resampling.BILINEAR, box=box)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits; Pillow's own conversion would clip it to white."""
    if image.mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if not image.mode.startswith("I"):
        return image
    grey = np.asarray(image) // 257  # that is 65535 / 255
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def _converted(image: Image.Image, mode: str) -> Image.Image:
    opaque = image.convert("RGBA") if "transparency" in image.info else image
    return opaque if opaque.mode == mode else opaque.convert(mode)
