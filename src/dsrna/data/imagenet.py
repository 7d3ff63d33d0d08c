"""ImageNet, and Imagenette, its subset of ten classes: train/ and val/, a folder a class."""

import torch

from dsrna.data.folder import presplit
from dsrna.data.loading import Dataset, dataset
from dsrna.data.places import find
from dsrna.data.settings import DataSettings

REMEDY = "it must be obtained from its publisher and unpacked there with train/ and val/ inside"
SMALL = 64
"""Side in pixels of the small packing of Imagenette; larger images are taken from the large one."""


@dataset(
    "imagenet",
    summary="ILSVRC 2012, your own copy: imagenet/train and imagenet/val, a folder a class",
    source="Russakovsky et al. 2015, arXiv 1409.0575",
)
def imagenet(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:  # noqa: ARG001
    return _open(settings, ("imagenet", "."), device)


@dataset(
    "imagenette",
    summary="ten classes of ImageNet: imagenette64 for images up to 64 pixels, else imagenette224; or imagenette",
    source="Howard 2019, github.com/fastai/imagenette",
)
def imagenette(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:  # noqa: ARG001
    packed = SMALL if (settings.image_size or SMALL) <= SMALL else 224
    return _open(settings, (f"imagenette{packed}", "imagenette"), device)


def _open(settings: DataSettings, layouts: tuple[str, ...], device: torch.device) -> Dataset:
    root = find(settings.name, settings.directory, layouts, ("train",), REMEDY)
    return presplit(settings.name, root / "train", root / "val", settings, device)
