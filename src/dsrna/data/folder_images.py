"""Images that stay in their files until they are read."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from numpy.typing import NDArray
from torch import Tensor

from dsrna.data.crops import CENTRE, Crop, cropped
from dsrna.data.decoding import Decoder
from dsrna.data.images import Images, Shape, unit_pixels

MEMORY: Final = 2**30
"""Bytes of decoded images that one set keeps."""

BATCHES_AHEAD: Final = 2

NOWHERE: Final = -1


class FolderImages(Images):
    """Image files, decoded by a few threads when they are read.

    What ``read`` decodes is kept as uint8 while ``memory`` bytes allow; beyond that, images are decoded anew at every
    reading, so that no data set is too large. ``crop`` decodes the file anew, for it has more pixels than were kept;
    only where it has just the size asked for, what ``read`` returns is cropped. ``shape`` is that of every image:
    square, one or three channels. A file that cannot be decoded raises ``UserError`` naming it.
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
        self._decoder = Decoder(size, channels, workers)
        room = min(len(paths), memory // (channels * size * size))
        # The system gives memory to what is written only.
        self._kept = np.empty((room, *self._shape), dtype=np.uint8)
        self._slots = np.full(len(paths), NOWHERE)
        self._filled = 0
        self._exact: dict[int, bool] = {}
        # The two halves of a search are read at the same time.
        self._lock = Lock()

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
        with self._lock:
            return self._placed(self._read(indices.cpu().numpy()))

    def crop(
        self, indices: Int64[Tensor, "batch"], crops: Sequence[Crop]
    ) -> Float[Tensor, "batch channels height width"]:
        wanted = indices.cpu()
        exact = self._are_exact(wanted)
        x = torch.empty(len(wanted), *self._shape, device=self._labels.device)
        for here, pixels in ((exact, self._cropped), (~exact, self._cropped_from_files)):
            places = here.nonzero().flatten().tolist()
            if places:
                x[here.to(x.device)] = pixels(wanted[here], [crops[place] for place in places])
        return x

    def _cropped(
        self, wanted: Int64[Tensor, "some"], crops: Sequence[Crop]
    ) -> Float[Tensor, "some channels size size"]:
        return cropped(self.read(wanted), crops)

    def _cropped_from_files(
        self, wanted: Int64[Tensor, "some"], crops: Sequence[Crop]
    ) -> Float[Tensor, "some channels size size"]:
        return self._placed(self._decoder.decoded(self._files(wanted.tolist()), crops))

    def _are_exact(self, wanted: Int64[Tensor, "batch"]) -> Bool[Tensor, "batch"]:
        unknown = [index for index in wanted.tolist() if index not in self._exact]
        found = self._decoder.exact([self._paths[index] for index in unknown])
        self._exact.update(zip(unknown, found.tolist(), strict=True))
        return torch.tensor([self._exact[index] for index in wanted.tolist()], dtype=torch.bool)

    def _read(self, wanted: NDArray[np.int64]) -> NDArray[np.uint8]:
        slots = self._slots[wanted]
        kept, missing = np.flatnonzero(slots != NOWHERE), np.flatnonzero(slots == NOWHERE)
        if not len(missing):
            return self._kept.take(slots, axis=0)
        fresh, place = np.unique(wanted[missing], return_inverse=True)
        decoded = self._decoder.decoded(self._files(fresh.tolist()), [CENTRE] * len(fresh))
        self._keep(fresh, decoded)
        if not len(kept):
            return decoded.take(place, axis=0)
        pixels = np.empty((len(wanted), *self._shape), dtype=np.uint8)
        pixels[kept] = self._kept[slots[kept]]
        pixels[missing] = decoded[place]
        return pixels

    def _keep(self, indices: NDArray[np.int64], pixels: NDArray[np.uint8]) -> None:
        begin, end = self._filled, min(self._filled + len(indices), len(self._kept))
        self._kept[begin:end] = pixels[: end - begin]
        self._slots[indices[: end - begin]] = np.arange(begin, end)
        self._filled = end

    def _files(self, indices: Sequence[int]) -> list[Path]:
        return [self._paths[index] for index in indices]

    def _placed(self, pixels: NDArray[np.uint8]) -> Float[Tensor, "some channels size size"]:
        """Return the pixels in [0, 1], on the images' device.

        By numpy on a CPU: torch shares such work among threads, which wait for one another while others decode.
        """
        if self._labels.device.type != "cpu":
            return unit_pixels(torch.from_numpy(pixels).to(self._labels.device))
        x = torch.empty(pixels.shape)
        np.divide(pixels, np.float32(255), out=x.numpy(), dtype=np.float32)
        return x
