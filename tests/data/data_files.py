"""Small data sets on disk for the tests of this room, and what its tests share."""

import gzip
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from dsrna.errors import UserError

CPU = torch.device("cpu")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def real_data(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that reads published data, and skip it where there is none."""
    absent = pytest.mark.skipif("DSRNA_DATA" not in os.environ, reason="DSRNA_DATA is not set")
    marked: Callable[..., None] = pytest.mark.real_data(absent(test))
    return marked


@contextmanager
def user_error(*parts: object) -> Iterator[None]:
    """Expect a ``UserError`` of one line that holds all ``parts``."""
    with pytest.raises(UserError) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message


def hide_data(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """Leave ``cache`` as the only place where data is looked for unasked."""
    monkeypatch.delenv("DSRNA_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda _: cache)


def write_image(path: Path, pixels: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_classes(root: Path, counts: Mapping[str, int], side: int = 6) -> None:
    """Write so many noisy colour images of every class; red is ten times the number of the class."""
    numbers = np.random.default_rng(0)
    for label, (name, count) in enumerate(counts.items()):
        for number in range(count):
            pixels = numbers.integers(0, 256, (side, side, 3), dtype=np.uint8)
            pixels[..., 0] = 10 * label
            write_image(root / name / f"{number:03d}.png", pixels)


def write_idx(path: Path, values: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    data = header + values.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_mnist(folder: Path, *, train: int = 40, test: int = 20, suffix: str = ".gz") -> None:
    """Write four idx files of 4x4 images; every pixel is the number of the image, the classes take turns."""
    for split, count in (("train", train), ("t10k", test)):
        numbers = np.arange(count, dtype=np.uint8)
        pixels = np.broadcast_to(numbers[:, None, None], (count, 4, 4)).copy()
        write_idx(folder / f"{split}-images-idx3-ubyte{suffix}", pixels)
        write_idx(folder / f"{split}-labels-idx1-ubyte{suffix}", numbers % 10)
