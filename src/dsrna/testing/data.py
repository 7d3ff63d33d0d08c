"""What a data set must do for the stages to rely on it."""

import torch

from dsrna.data import Dataset, Images


def check_dataset(data: Dataset) -> None:
    """Raise ``AssertionError`` where a data set breaks a promise of ``Dataset`` or ``Images``."""
    assert data.name
    assert len(set(data.classes)) == len(data.classes) >= 2, "there must be two or more classes of different names"
    assert data.train.shape == data.test.shape, "both splits must have images of one shape"
    for images in (data.train, data.test):
        _check_labels(images, len(data.classes))
        _check_pixels(images)
    assert data.train.labels.bincount(minlength=len(data.classes)).min() >= 2, "two training images of every class"


def _check_labels(images: Images, classes: int) -> None:
    assert images.labels.dtype == torch.int64, "labels must be int64"
    assert images.labels.shape == (len(images),) != (0,), "there must be one label an image, and images"
    assert images.labels.min() >= 0, "labels count from 0"
    assert images.labels.max() < classes, "labels must be below the number of classes"


def _check_pixels(images: Images) -> None:
    some = torch.tensor([len(images) - 1, 0, len(images) // 2, 0])
    x = images.read(some)
    assert x.shape == (len(some), *images.shape), "read must return as many images as asked for, of the stated shape"
    assert x.dtype == torch.float32, "pixels must be float32"
    assert x.device == images.labels.device, "pixels and labels must lie on one device"
    assert x.isfinite().all(), "pixels must be finite"
    assert x.min() >= 0, "pixels must lie in [0, 1]"
    assert x.max() <= 1, "pixels must lie in [0, 1]"
    assert x[1].equal(x[3]), "an image asked for twice must come twice"
    assert images.read(some.flip(0)).equal(x.flip(0)), "images must come in the order asked for, the same every time"
    before = x.clone()
    x.zero_()
    assert images.read(some).equal(before), "what read returns must be a copy"
