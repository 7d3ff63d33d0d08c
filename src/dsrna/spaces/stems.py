"""What stands before the first cell: normalisation, then the stem."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.registry import Registry
from dsrna.spaces.shapes import Features, Images


class Normalize(nn.Module):
    """``(x - mean) / std`` per channel, inside the model, so that every eps outside it is in pixel units."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))

    def forward(self, x: Images) -> Images:
        return (x - self.mean) / self.std


class Stem(nn.Module, ABC):
    """From an image to the two inputs of the first cell; ``reduces``: the second is half the first's size."""

    outputs: tuple[int, int]
    reduces: bool

    @abstractmethod
    def forward(self, x: Images) -> tuple[Features, Features]: ...


STEMS: Final[Registry[Callable[[int, int], Stem]]] = Registry("stem")


@STEMS.register("cifar", summary="one 3x3 convolution to three times the channels", source="Liu et al. 2019 (DARTS)")
class CifarStem(Stem):
    """Keeps height and width."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.outputs = (3 * channels, 3 * channels)
        self.reduces = False
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, 3 * channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(3 * channels),
        )

    def forward(self, x: Images) -> tuple[Features, Features]:
        out = self.layers(x)
        return out, out


@STEMS.register(
    "imagenet", summary="three strided 3x3 convolutions, an eighth of the size", source="Liu et al. 2019 (DARTS)"
)
class ImageNetStem(Stem):
    """Divides height and width by eight: 224 pixels become 28."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.outputs = (channels, channels)
        self.reduces = True
        self.quarter = nn.Sequential(
            nn.Conv2d(inputs, channels // 2, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels // 2),
            nn.ReLU(),
            nn.Conv2d(channels // 2, channels, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.eighth = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Images) -> tuple[Features, Features]:
        quarter = self.quarter(x)
        return quarter, self.eighth(quarter)
