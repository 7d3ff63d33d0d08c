"""Adversarial images beside their originals, and what was changed, magnified."""

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import read_tensors

SHOWN: Final = 8
COLOUR_CHANNELS: Final = 3
IMAGES: Final = 4
"""Dimensions of a batch of them."""


@dataclass(frozen=True)
class Example:
    """One image as data URIs: before, after, and the difference around mid-grey; its label and the prediction."""

    original: str
    adversarial: str
    difference: str
    label: str
    predicted: str

    @property
    def fooled(self) -> bool:
        return self.label != self.predicted


@dataclass(frozen=True)
class Gallery:
    """The first few examples of an attack. ``factor`` is how much the differences are magnified, the same for all."""

    attack: str
    eps: str
    factor: float
    examples: tuple[Example, ...]


def read_gallery(path: Path, classes: Sequence[str], shown: int = SHOWN, side: int | None = None) -> Gallery:
    """Read ``adversarial.safetensors``; a file that does not hold what it should is a ``UserError`` naming it.

    Of images of more than ``side`` pixels only every so many-th row and column is shown.
    """
    tensors, meta = read_tensors(path)
    try:
        return _gallery({name: _thinned(values[:shown], side) for name, values in tensors.items()}, meta, classes)
    except (KeyError, ValueError, IndexError) as error:
        raise UserError(f"{path} is damaged: {error!r}; remove it and run `dsrna attack` again") from error


def _gallery(tensors: dict[str, Tensor], meta: dict[str, Any], classes: Sequence[str]) -> Gallery:
    original, adversarial = tensors["original"], tensors["adversarial"]
    difference = adversarial - original
    reach = float(difference.abs().amax()) if difference.numel() else 0.0
    factor = 0.5 / reach if reach else 1.0
    names = [[_name(int(index), classes) for index in tensors[key]] for key in ("labels", "predicted")]
    pictures = [[data_uri(image) for image in images] for images in (original, adversarial, 0.5 + factor * difference)]
    examples = tuple(Example(*parts) for parts in zip(*pictures, *names, strict=True))
    return Gallery(str(meta["attack"]), str(meta["eps"]), factor, examples)


def _thinned(values: Tensor, side: int | None) -> Tensor:
    if side is None or values.ndim != IMAGES:
        return values
    step = math.ceil(max(values.shape[-2:]) / side)
    return values[..., ::step, ::step]


def _name(index: int, classes: Sequence[str]) -> str:
    return classes[index] if 0 <= index < len(classes) else str(index)


def data_uri(image: Float[Tensor, "channels height width"]) -> str:
    """One image in [0, 1] as an inline PNG, pixel for pixel: colour where it has three channels, else grey."""
    shades = image if len(image) == COLOUR_CHANNELS else image.mean(0, keepdim=True)
    pixels = (shades.clamp(0, 1) * 255).round().byte().movedim(0, -1).squeeze(-1).numpy()
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
