"""JPEGs that hold just the pixels that are wanted: most of what opening a small file costs is looking at the rest.

``Image.open`` asks every format and reads every segment of the header; for 64 pixels a side that takes as long as
decoding them. Here the header is only asked whether there is anything but pixels in it.
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BEGIN: Final = b"\xff\xd8"
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Frames of Huffman-coded images: baseline, extended and progressive. They say how large the image is."""
_HARMLESS: Final = frozenset({0xC4, 0xDB, 0xDD, 0xE0, 0xFE})
"""Tables, restart intervals, the JFIF header and comments: what does not change how pixels are to be understood."""
_SCAN: Final = 0xDA
_MODES: Final = {1: "L", 3: "RGB"}


def plain_jpeg(data: bytes, size: int, channels: int) -> NDArray[np.uint8] | None:
    """Decode a JPEG of ``size`` pixels a side and 1 or 3 channels, with nothing in it that asks to be turned.

    Pixels are ``(size, size, channels)``, those that Pillow reads. None for every other file, damaged ones included.
    """
    if _stored(data) != (8, size, size, channels):
        return None
    try:
        image = Image.frombytes(_MODES[channels], (size, size), data, "jpeg", _MODES[channels], "")
    except (OSError, ValueError):
        return None
    return np.frombuffer(image.tobytes(), dtype=np.uint8).reshape(size, size, channels)


def _stored(data: bytes) -> tuple[int, int, int, int] | None:
    """Return bits, height, width and channels of the pixels; None where there is more than pixels to look at."""
    if not data.startswith(_BEGIN):
        return None
    place, stored = len(_BEGIN), None
    while place + 10 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], struct.unpack_from(">H", data, place + 2)[0]
        if marker in _FRAMES and stored is None:
            stored = struct.unpack_from(">BHHB", data, place + 4)
        elif marker not in _HARMLESS:
            return stored if marker == _SCAN else None
        place += 2 + length
    return None
