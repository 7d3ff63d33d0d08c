"""CIFAR-10 from the python batches of its authors."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from dsrna.data.downloads import DOWNLOADS
from dsrna.data.fitting import stored
from dsrna.data.images import Deferred, TensorImages
from dsrna.data.loading import Dataset, dataset
from dsrna.data.pickles import load_arrays
from dsrna.data.places import find
from dsrna.data.settings import DataSettings
from dsrna.errors import UserError
from dsrna.runtime.reading import at_most, opened

TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST = ("test_batch",)
META = "batches.meta"
SHAPE = (3, 32, 32)
MOST: Final = 2**26
"""Bytes that are read of a file: twice those of a batch. What is longer has another checksum."""


@dataset(
    "cifar10",
    summary="50,000 + 10,000 photographs of 3x32x32 in ten classes; the python batches, checksums verified",
    source="Krizhevsky 2009, Learning multiple layers of features from tiny images",
)
def cifar10(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:  # noqa: ARG001
    folder = _folder(settings.directory)
    return Dataset(
        "cifar10",
        tuple(_read(folder / META)["label_names"]),
        _images(folder, TRAIN, settings, device),
        Deferred(lambda: _images(folder, TEST, settings, device)),
    )


def _folder(directory: Path | None) -> Path:
    """Find the files; a missing one is named now, not after hours of training."""
    remedy = "`dsrna data fetch cifar10` downloads it"
    folder = find("cifar10", directory, (DOWNLOADS["cifar10"].folder, "."), (META, *TRAIN, *TEST), remedy)
    for name in (META, *TRAIN, *TEST):
        if not (folder / name).exists():
            raise UserError(f"{folder} lacks {name}; {remedy}")
    return folder


def _images(folder: Path, names: tuple[str, ...], settings: DataSettings, device: torch.device) -> TensorImages:
    batches = [_read(folder / name) for name in names]
    pixels = np.concatenate([batch["data"] for batch in batches]).reshape(-1, *SHAPE)
    labels = [label for batch in batches for label in batch["labels"]]
    return stored(torch.from_numpy(pixels), torch.tensor(labels), settings, device)


def _read(path: Path) -> dict[str, Any]:
    """Unpickle a file whose checksum is right, with a reader that can run nothing: either alone would do."""
    with opened(path) as file:
        data = bytes(at_most(file, MOST))
    content: dict[str, Any] = load_arrays(DOWNLOADS["cifar10"].verify(path.name, data, path), str(path))
    return content
