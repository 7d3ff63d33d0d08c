"""Labelled images of one shape, read by index."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import torch
from jaxtyping import Float, Int64, Num
from torch import Tensor

from dsrna.data.crops import Crop, cropped

Shape = tuple[int, int, int]
"""Channels, height, width."""


class Images(ABC):
    """Labelled images of one shape. Pixels and labels lie on the device that the data was loaded for."""

    @property
    @abstractmethod
    def labels(self) -> Int64[Tensor, "n"]:
        """The class of every image, counted from 0."""

    @property
    @abstractmethod
    def shape(self) -> Shape: ...

    @abstractmethod
    def read(self, indices: Int64[Tensor, "batch"]) -> Float[Tensor, "batch channels height width"]:
        """Return the images at ``indices`` (on any device, in any order) as float32 in [0, 1]."""

    def crop(
        self, indices: Int64[Tensor, "batch"], crops: Sequence[Crop]
    ) -> Float[Tensor, "batch channels height width"]:
        """Return of each image at ``indices`` its crop, in the shape of the images, as ``read`` returns them."""
        return cropped(self.read(indices), crops)

    @property
    def batches_ahead(self) -> int:
        """How many batches are worth reading before they are asked for: none where reading is but copying."""
        return 0

    @property
    def sources(self) -> Sequence[Path] | None:
        """The file that each image comes from, where each has one of its own."""
        return None

    def __len__(self) -> int:
        return len(self.labels)


class TensorImages(Images):
    """Images held as one tensor: uint8 (0 to 255) or floating point (already in [0, 1])."""

    def __init__(self, pixels: Num[Tensor, "n channels height width"], labels: Int64[Tensor, "labels"]) -> None:
        if len(pixels) != len(labels):
            raise ValueError(f"{len(pixels)} images but {len(labels)} labels")
        self._pixels = pixels
        self._labels = labels

    @property
    def labels(self) -> Int64[Tensor, "n"]:
        return self._labels

    @property
    def shape(self) -> Shape:
        _, channels, height, width = self._pixels.shape
        return channels, height, width

    def read(self, indices: Int64[Tensor, "batch"]) -> Float[Tensor, "batch channels height width"]:
        return unit_pixels(self._pixels[indices.to(self._pixels.device)])


class Subset(Images):
    """Some of the images of another set, in the order of ``indices`` (on the CPU)."""

    def __init__(self, images: Images, indices: Int64[Tensor, "n"]) -> None:
        self.images = images
        self.indices = indices

    @cached_property
    def _labels(self) -> Int64[Tensor, "n"]:
        return self.images.labels[self.indices.to(self.images.labels.device)]

    @property
    def labels(self) -> Int64[Tensor, "n"]:
        return self._labels

    @property
    def shape(self) -> Shape:
        return self.images.shape

    def read(self, indices: Int64[Tensor, "batch"]) -> Float[Tensor, "batch channels height width"]:
        return self.images.read(self.indices[indices.to(self.indices.device)])

    def crop(
        self, indices: Int64[Tensor, "batch"], crops: Sequence[Crop]
    ) -> Float[Tensor, "batch channels height width"]:
        return self.images.crop(self.indices[indices.to(self.indices.device)], crops)

    @property
    def batches_ahead(self) -> int:
        return self.images.batches_ahead

    @property
    def sources(self) -> Sequence[Path] | None:
        sources = self.images.sources
        return None if sources is None else [sources[index] for index in self.indices.tolist()]


class Deferred(Images):
    """Images that are opened when they are first asked for: the test split, which training never touches."""

    def __init__(self, opener: Callable[[], Images]) -> None:
        self._opener = opener

    @cached_property
    def _images(self) -> Images:
        return self._opener()

    @property
    def labels(self) -> Int64[Tensor, "n"]:
        return self._images.labels

    @property
    def shape(self) -> Shape:
        return self._images.shape

    def read(self, indices: Int64[Tensor, "batch"]) -> Float[Tensor, "batch channels height width"]:
        return self._images.read(indices)

    def crop(
        self, indices: Int64[Tensor, "batch"], crops: Sequence[Crop]
    ) -> Float[Tensor, "batch channels height width"]:
        return self._images.crop(indices, crops)

    @property
    def batches_ahead(self) -> int:
        return self._images.batches_ahead

    @property
    def sources(self) -> Sequence[Path] | None:
        return self._images.sources


def unit_pixels(pixels: Num[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return ``pixels`` as float32 in [0, 1]: uint8 divided by 255, floating point as it is."""
    return pixels.float().div_(255) if pixels.dtype == torch.uint8 else pixels.float()
