"""Images that stay in their files until they are read."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from dsrna.data.crops import CENTRE, Crop, cropped
from dsrna.data.decoding import Decoder
from dsrna.data.images import Images, Shape, unit_pixels

MEMORY: Final = 2**30
"""Bytes of decoded images that one set keeps."""

BATCHES_AHEAD: Final = 2


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
        self._kept = torch.empty(room, *self._shape, dtype=torch.uint8)
        self._slots = torch.full((len(paths),), -1)
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
            return self._placed(self._read(indices.cpu()))

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
        return self._placed(self._decoder.decoded(self._files(wanted), crops))

    def _are_exact(self, wanted: Int64[Tensor, "batch"]) -> Bool[Tensor, "batch"]:
        unknown = [index for index in wanted.tolist() if index not in self._exact]
        found = self._decoder.exact([self._paths[index] for index in unknown])
        self._exact.update(zip(unknown, found.tolist(), strict=True))
        return torch.tensor([self._exact[index] for index in wanted.tolist()], dtype=torch.bool)

    def _read(self, wanted: Int64[Tensor, "batch"]) -> UInt8[Tensor, "batch channels size size"]:
        slots = self._slots[wanted]
        kept, missing = (slots >= 0).nonzero().flatten(), (slots < 0).nonzero().flatten()
        if not len(missing):
            return self._kept.index_select(0, slots)
        fresh, place = torch.unique(wanted[missing], return_inverse=True)
        decoded = self._decoder.decoded(self._files(fresh), [CENTRE] * len(fresh))
        self._keep(fresh, decoded)
        if not len(kept):
            return decoded.index_select(0, place)
        pixels = torch.empty(len(wanted), *self._shape, dtype=torch.uint8)
        pixels.index_copy_(0, kept, self._kept.index_select(0, slots[kept]))
        return pixels.index_copy_(0, missing, decoded.index_select(0, place))

    def _keep(self, indices: Int64[Tensor, "fresh"], pixels: UInt8[Tensor, "fresh channels size size"]) -> None:
        begin, end = self._filled, min(self._filled + len(indices), len(self._kept))
        self._kept[begin:end] = pixels[: end - begin]
        self._slots[indices[: end - begin]] = torch.arange(begin, end)
        self._filled = end

    def _files(self, indices: Int64[Tensor, "some"]) -> list[Path]:
        return [self._paths[index] for index in indices.tolist()]

    def _placed(self, pixels: UInt8[Tensor, "some channels size size"]) -> Float[Tensor, "some channels size size"]:
        return unit_pixels(pixels.to(self._labels.device))
