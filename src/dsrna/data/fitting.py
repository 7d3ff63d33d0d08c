"""Stored pixels brought to the size and the channels that a recipe asks for."""

import torch
import torch.nn.functional as F
from jaxtyping import Num
from torch import Tensor

from dsrna.data.images import TensorImages
from dsrna.data.settings import DataSettings
from dsrna.runtime.memory import advising

CHUNK = 4_096
LUMA = (0.299, 0.587, 0.114)
"""Share of red, green and blue in grey: ITU-R BT.601, as Pillow has it."""


def stored(
    pixels: Num[Tensor, "n channels height width"],
    labels: Num[Tensor, "labels"],
    settings: DataSettings,
    device: torch.device,
) -> TensorImages:
    """Return ``pixels`` in the size and the channels of ``settings``, with their labels, on ``device``."""
    side = settings.image_size or max(pixels.shape[-2:])
    with advising(f"{len(pixels):,} images of {side} pixels a side do not fit; take a smaller data.image_size"):
        fitted = torch.cat([_fitted(pixels[i : i + CHUNK], settings) for i in range(0, len(pixels), CHUNK)])
    return TensorImages(fitted.to(device), labels.long().to(device))


def _fitted(
    pixels: Num[Tensor, "n channels height width"], settings: DataSettings
) -> Num[Tensor, "n fitted side1 side2"]:
    return _resized(_recoloured(pixels, settings), settings)


def _recoloured(
    pixels: Num[Tensor, "n channels height width"], settings: DataSettings
) -> Num[Tensor, "n fitted height width"]:
    if settings.channels in (None, pixels.shape[1]):
        return pixels
    if settings.channels == 3:
        return pixels.expand(-1, 3, -1, -1)
    luma = torch.tensor(LUMA).view(1, 3, 1, 1)
    return _as_before((pixels * luma).sum(1, keepdim=True), pixels.dtype)


def _resized(
    pixels: Num[Tensor, "n channels height width"], settings: DataSettings
) -> Num[Tensor, "n channels side1 side2"]:
    size = settings.image_size
    if size is None or pixels.shape[-2:] == (size, size):
        return pixels
    scaled = F.interpolate(pixels.float(), (size, size), mode="bilinear", antialias=True, align_corners=False)
    return _as_before(scaled, pixels.dtype)


def _as_before(pixels: Num[Tensor, "*shape"], dtype: torch.dtype) -> Num[Tensor, "*shape"]:
    """Round back to whole grey levels where the pixels were stored as such."""
    return pixels.round().clamp(0, 255).to(dtype) if dtype == torch.uint8 else pixels.to(dtype)
