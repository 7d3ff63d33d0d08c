"""Images that stay in their files until they are read."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Final

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from dsrna.data.crops import CENTRE, Crop
from dsrna.data.images import Images, Shape, unit_pixels
from dsrna.data.pictures import decode

MEMORY: Final = 2**30
"""Bytes of decoded images that one set keeps."""

MOST_WORKERS: Final = 8
"""Threads that decode, unless it is said how many; fewer where there are fewer cores."""

BATCHES_AHEAD: Final = 2


class FolderImages(Images):
    """Image files, decoded by a few threads when they are read.

    What ``read`` decodes is kept as uint8 while ``memory`` bytes allow; beyond that, images are decoded anew at every
    reading, so that no data set is too large. ``crop`` goes back to the file, where more pixels are than were kept, and
    keeps nothing. ``shape`` is that of every image: square, one or three channels. A file that cannot be decoded raises
    ``UserError`` naming it.
    """

    batches_ahead = BATCHES_AHEAD

    def __init__(
        self,
        paths: Sequence[Path],
        labels: Int64[Tensor, "n"],
        *,
        size: int,
        channels: int,
        memory: int = MEMORY,
        workers: int | None = None,
    ) -> None:
        self._paths = paths
        self._labels = labels
        self._shape = channels, size, size
        self._workers = workers or min(MOST_WORKERS, os.cpu_count() or 1)
        room = min(len(paths), memory // (channels * size * size))
        # The system gives memory to what is written only.
        self._kept = torch.empty(room, *self._shape, dtype=torch.uint8)
        self._slots = torch.full((len(paths),), -1)
        self._filled = 0
        self._keeping = Lock()

    @property
    def labels(self) -> Int64[Tensor, "n"]:
        return self._labels

    @property
    def shape(self) -> Shape:
        return self._shape

    @property
    def sources(self) -> Sequence[Path]:
        return self._paths

    def read(self, indices: Int64[Tensor, "batch"]) -> Float[Tensor, "batch channels height width"]:
        # The two halves of a search are read at the same time.
        with self._keeping:
            return self._placed(self._read(indices.cpu()))

    def crop(
        self, indices: Int64[Tensor, "batch"], crops: Sequence[Crop]
    ) -> Float[Tensor, "batch channels height width"]:
        return self._placed(self._decoded(indices.tolist(), crops))

    def _placed(self, pixels: UInt8[Tensor, "batch channels size size"]) -> Float[Tensor, "batch channels size size"]:
        return unit_pixels(pixels.to(self._labels.device))

    def _read(self, wanted: Int64[Tensor, "batch"]) -> UInt8[Tensor, "batch channels size size"]:
        slots = self._slots[wanted]
        kept, missing = slots >= 0, slots < 0
        fresh, place = torch.unique(wanted[missing], return_inverse=True)
        decoded = self._decoded(fresh.tolist(), [CENTRE] * len(fresh))
        pixels = torch.empty(len(wanted), *self._shape, dtype=torch.uint8)
        pixels[kept] = self._kept[slots[kept]]
        pixels[missing] = decoded[place]
        self._keep(fresh, decoded)
        return pixels

    def _keep(self, indices: Int64[Tensor, "fresh"], pixels: UInt8[Tensor, "fresh channels size size"]) -> None:
        places = torch.arange(self._filled, min(self._filled + len(indices), len(self._kept)))
        self._kept[places] = pixels[: len(places)]
        self._slots[indices[: len(places)]] = places
        self._filled += len(places)

    def _decoded(self, indices: list[int], crops: Sequence[Crop]) -> UInt8[Tensor, "batch channels size size"]:
        """Decode each image's crop; every thread takes a piece of the batch, since a task an image costs more."""
        pixels = torch.empty(len(indices), *self._shape, dtype=torch.uint8)
        channels, size, _ = self._shape

        def fill(piece: range) -> None:
            for place in piece:
                pixels[place] = decode(self._paths[indices[place]], size, channels, crops[place])

        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(fill, _pieces(len(indices), self._workers)))
        return pixels


def _pieces(count: int, number: int) -> list[range]:
    bounds = [count * piece // number for piece in range(number + 1)]
    return [range(start, end) for start, end in pairwise(bounds)]
