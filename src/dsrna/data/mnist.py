"""MNIST from its four idx files."""

from pathlib import Path

import torch

from dsrna.data.fitting import stored
from dsrna.data.idx import read_idx
from dsrna.data.images import Deferred, TensorImages
from dsrna.data.loading import Dataset, dataset
from dsrna.data.places import find
from dsrna.data.settings import DataSettings
from dsrna.errors import UserError

LAYOUTS = ("MNIST/raw", ".")
CLASSES = 10
SPLITS = ("train", "t10k")


@dataset(
    "mnist",
    summary="60,000 + 10,000 handwritten digits of 1x28x28; four idx files, gzipped or not",
    source="LeCun, Bottou, Bengio and Haffner 1998, doi 10.1109/5.726791",
)
def mnist(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:  # noqa: ARG001
    train, test = (_files(settings, split) for split in SPLITS)
    return Dataset(
        "mnist",
        tuple(map(str, range(CLASSES))),
        _images(*train, settings, device),
        Deferred(lambda: _images(*test, settings, device)),
    )


def _files(settings: DataSettings, split: str) -> tuple[Path, Path]:
    """Return the paths of images and labels; a missing one is named now, not after hours of training."""
    names = f"{split}-images-idx3-ubyte", f"{split}-labels-idx1-ubyte"
    marks = [name + suffix for name in names for suffix in ("", ".gz")]
    folder = find("mnist", settings.directory, LAYOUTS, marks, "`dsrna data fetch mnist` downloads it")
    return _existing(folder, names[0]), _existing(folder, names[1])


def _existing(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    raise UserError(f"{folder} lacks {name} or {name}.gz; `dsrna data fetch mnist` downloads all four files")


def _images(images: Path, labels: Path, settings: DataSettings, device: torch.device) -> TensorImages:
    pixels, classes = read_idx(images, 3), read_idx(labels, 1)
    if len(pixels) != len(classes):
        raise UserError(f"{images} holds {len(pixels)} images, but {labels} {len(classes)} labels")
    if not pixels.size:
        raise UserError(f"{images} holds no images, {'x'.join(map(str, pixels.shape))} pixels; fetch it again")
    if classes.max() >= CLASSES:
        raise UserError(f"{labels} holds the label {classes.max()}; the classes are 0 to {CLASSES - 1}")
    if classes.min() == classes.max():
        raise UserError(f"{labels} holds the label {classes.max()} only; two or more classes are needed")
    return stored(torch.from_numpy(pixels).unsqueeze(1), torch.from_numpy(classes), settings, device)
