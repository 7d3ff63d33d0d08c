"""Many image files at once, by a few threads: Pillow holds no lock while it decodes and resizes."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool
from numpy.typing import NDArray
from torch import Tensor

from dsrna.data.crops import Crop
from dsrna.data.pictures import decode, stored_size

MOST_WORKERS: Final = 8
"""Threads that decode, unless it is said how many; fewer where there are fewer cores."""

PIECE: Final = 8
"""So many images a thread decodes before it asks for more."""


class Decoder:
    """Decodes files to squares of ``size`` pixels and 1 (grey) or 3 channels, by threads that end with each call.

    What cannot be read raises ``UserError`` naming the file.
    """

    def __init__(self, size: int, channels: int, workers: int | None = None) -> None:
        self._size = size
        self._channels = channels
        self._workers = workers or min(MOST_WORKERS, os.cpu_count() or 1)

    def decoded(self, paths: Sequence[Path], crops: Sequence[Crop]) -> NDArray[np.uint8]:
        """Decode each file's crop to ``(batch, channels, size, size)``."""
        pixels = np.empty((len(paths), self._size, self._size, self._channels), dtype=np.uint8)

        def fill(place: int) -> None:
            pixels[place] = decode(paths[place], self._size, self._channels, crops[place])

        self._for_each(fill, len(paths))
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))

    def exact(self, paths: Sequence[Path]) -> Bool[Tensor, "batch"]:
        """Tell of each file whether its image has just the size that is decoded to."""
        exact = torch.empty(len(paths), dtype=torch.bool)

        def look(place: int) -> None:
            exact[place] = stored_size(paths[place]) == (self._size, self._size)

        self._for_each(look, len(paths))
        return exact

    def _for_each(self, work: Callable[[int], None], count: int) -> None:
        """Let threads take pieces: a task an image would cost more, a task a thread would wait for the slowest."""

        def piece(start: int) -> None:
            for place in range(start, min(start + PIECE, count)):
                work(place)

        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(piece, range(0, count, PIECE)))
