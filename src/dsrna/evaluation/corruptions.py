"""Common corruptions: what happens to images without an enemy. The easy end of robustness.

Five of Hendrycks and Dietterich 2019 (arXiv 1903.12261, section 4), severities 1 to 5, with the constants of CIFAR-10-C
for images below 64 pixels and those of ImageNet-C from there on. Written on tensors in [0, 1]; not rounded to 8 bits.
"""

import hashlib
import math
from collections.abc import Callable
from typing import Final, Protocol, TypeVar, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from dsrna.errors import UserError
from dsrna.registry import Registry
from dsrna.runtime import seeds

Images = Float[Tensor, "batch channels height width"]

SEVERITIES: Final = (1, 2, 3, 4, 5)
LARGE: Final = 64


@runtime_checkable
class Corruption(Protocol):
    """Images in [0, 1] to images in [0, 1]. What is drawn for one depends on ``seed`` and on that image alone."""

    def __call__(self, x: Images, *, severity: int, seed: int) -> Images: ...


CORRUPTIONS: Final[Registry[Corruption]] = Registry("corruption")

F_ = TypeVar("F_", bound=Callable[[Images, float, int], Images])
Constants = tuple[float, float, float, float, float]


def _corruption(name: str, *, summary: str, small: Constants, large: Constants) -> Callable[[F_], F_]:
    """Register a function of images, the severity's constant and a seed."""

    def decorator(function: F_) -> F_:
        def corrupt(x: Images, *, severity: int, seed: int = 0) -> Images:
            if severity not in SEVERITIES:
                raise UserError(f"a severity is one of 1 to 5, not {severity}")
            constants = large if max(x.shape[2:]) >= LARGE else small
            return function(x, constants[severity - 1], seed).clamp(0, 1)

        source = "Hendrycks and Dietterich 2019, arXiv 1903.12261"
        CORRUPTIONS.register(name, summary=summary, source=source)(corrupt)
        return function

    return decorator


@_corruption(
    "gaussian-noise",
    summary="independent normal noise on every pixel",
    small=(0.04, 0.06, 0.08, 0.09, 0.10),
    large=(0.08, 0.12, 0.18, 0.26, 0.38),
)
def _gaussian_noise(x: Images, spread: float, seed: int) -> Images:
    return x + spread * torch.stack([_normal(image, seed) for image in x.cpu()]).to(x)


@_corruption(
    "gaussian-blur",
    summary="a normal kernel over four standard deviations, edges repeated",
    small=(0.4, 0.6, 0.7, 0.8, 1.0),
    large=(1.0, 2.0, 3.0, 4.0, 6.0),
)
def _gaussian_blur(x: Images, sigma: float, _: int) -> Images:
    reach = math.ceil(4 * sigma)
    places = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-((places / sigma) ** 2) / 2)
    kernel = (kernel / kernel.sum()).expand(x.shape[1], 1, -1)
    padded = F.pad(x, (reach, reach, reach, reach), mode="replicate")
    rows = F.conv2d(padded, kernel[:, :, None, :], groups=x.shape[1])
    return F.conv2d(rows, kernel[:, :, :, None], groups=x.shape[1])


@_corruption(
    "brightness",
    summary="so much is added to the largest channel of each pixel (V of HSV); hue and saturation stay",
    small=(0.05, 0.1, 0.15, 0.2, 0.3),
    large=(0.1, 0.2, 0.3, 0.4, 0.5),
)
def _brightness(x: Images, added: float, _: int) -> Images:
    value = x.amax(dim=1, keepdim=True)
    brighter = (value + added).clamp(max=1)
    return torch.where(value > 0, x * (brighter / value.clamp(min=torch.finfo(x.dtype).tiny)), brighter)


@_corruption(
    "contrast",
    summary="each channel is drawn together around its mean",
    small=(0.75, 0.5, 0.4, 0.3, 0.15),
    large=(0.4, 0.3, 0.2, 0.1, 0.05),
)
def _contrast(x: Images, kept: float, _: int) -> Images:
    mean = x.mean(dim=(2, 3), keepdim=True)
    return mean + kept * (x - mean)


@_corruption(
    "pixelate",
    summary="pixels merged, so that a share of the rows and columns is left",
    small=(0.95, 0.9, 0.85, 0.75, 0.65),
    large=(0.6, 0.5, 0.4, 0.3, 0.25),
)
def _pixelate(x: Images, share: float, _: int) -> Images:
    rows, columns = (_merging(size, share).to(x) for size in x.shape[2:])
    return rows @ x @ columns


def _merging(size: int, share: float) -> Float[Tensor, "size size"]:
    """Return the matrix that gives each place the mean of those whose centres lie in the same, larger, place."""
    count = max(1, int(share * size))
    larger = ((torch.arange(size) + 0.5) * count / size).long()
    together = (larger[:, None] == larger).float()
    return together / together.sum(dim=1)


def _normal(image: Float[Tensor, "channels height width"], seed: int) -> Float[Tensor, "channels height width"]:
    digest = hashlib.sha256(image.contiguous().numpy().tobytes()).hexdigest()
    return torch.randn(image.shape, generator=seeds.generator(seed, "corruption", digest))
