"""One image file to one tensor."""

import struct
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageOps
from torch import Tensor

from dsrna.errors import UserError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
MODES = {1: "L", 3: "RGB"}


def decode(path: Path, size: int, channels: int) -> UInt8[Tensor, "channels size size"]:
    """Read an image file: turned upright (EXIF), shorter side scaled to ``size`` pixels, centre cut out.

    Grey, palette, 16-bit and CMYK images become 8-bit grey (1 channel) or RGB (3); of a transparent image the
    colours are taken, of an animated one the first frame. What cannot be read raises ``UserError`` naming the file.
    """
    try:
        with Image.open(path) as image:
            upright = _converted(_eight_bit(ImageOps.exif_transpose(image)), MODES[channels])
            fitted = ImageOps.fit(upright, (size, size), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError) as error:
        raise UserError(f"cannot read the image {path}: {error or type(error).__name__}") from error
    return torch.from_numpy(np.array(fitted)).view(size, size, channels).permute(2, 0, 1)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits; Pillow's own conversion would clip it to white."""
    if image.mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if not image.mode.startswith("I"):
        return image
    grey = np.asarray(image).astype(np.int64) * 255 // 65535
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def _converted(image: Image.Image, mode: str) -> Image.Image:
    opaque = image.convert("RGBA") if "transparency" in image.info else image
    return opaque.convert(mode)
