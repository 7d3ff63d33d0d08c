"""Images that stay in their files until they are read."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from dsrna.data.images import Images, Shape, unit_pixels
from dsrna.data.pictures import decode

MEMORY = 2**30
"""Bytes of decoded images that one set keeps."""

WORKERS = 8


class FolderImages(Images):
    """Image files, decoded by a few threads when they are read and kept as uint8 while ``memory`` bytes allow.

    Beyond the budget images are decoded anew at every reading, so that no data set is too large. ``shape`` is that
    of every image: square, one or three channels. A file that cannot be decoded raises ``UserError`` naming it.
    """

    def __init__(
        self, paths: Sequence[Path], labels: Int64[Tensor, "n"], *, size: int, channels: int, memory: int = MEMORY
    ) -> None:
        self._paths = paths
        self._labels = labels
        self._shape = channels, size, size
        self._room = memory // (channels * size * size)
        self._kept: dict[int, UInt8[Tensor, "channels size size"]] = {}

    @property
    def labels(self) -> Int64[Tensor, "n"]:
        return self._labels

    @property
    def shape(self) -> Shape:
        return self._shape

    def read(self, indices: Int64[Tensor, "batch"]) -> Float[Tensor, "batch channels height width"]:
        wanted: list[int] = indices.tolist()
        images = {index: self._kept[index] for index in wanted if index in self._kept}
        images |= self._decoded([index for index in dict.fromkeys(wanted) if index not in images])
        pixels = torch.stack([images[index] for index in wanted])
        return unit_pixels(pixels.to(self._labels.device))

    def _decoded(self, indices: list[int]) -> dict[int, UInt8[Tensor, "channels size size"]]:
        channels, size, _ = self._shape
        with ThreadPoolExecutor(WORKERS) as pool:
            decoded = pool.map(lambda index: decode(self._paths[index], size, channels), indices)
            fresh = dict(zip(indices, decoded, strict=True))
        for index in indices[: self._room - len(self._kept)]:
            self._kept[index] = fresh[index]
        return fresh
