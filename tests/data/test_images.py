"""Images by index: held in a tensor, chosen from another set, opened late."""

from pathlib import Path

import pytest
import torch
from data_files import generator

from dsrna.data import Crop, Deferred, Images, Subset, TensorImages


def some_images(count: int = 7) -> TensorImages:
    return TensorImages(torch.rand(count, 3, 4, 5, generator=generator()), torch.arange(count) % 2)


def test_bytes_are_read_as_unit_pixels() -> None:
    """Broken: every eps in the project would be in wrong units."""
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    x = TensorImages(pixels, torch.tensor([0])).read(torch.tensor([0]))
    assert x.dtype == torch.float32
    assert x.equal(torch.arange(256).view(1, 1, 16, 16) / 255)


def test_reading_follows_the_order_asked_for() -> None:
    """Broken: images and labels of a batch would not belong together."""
    images = some_images()
    everything = images.read(torch.arange(7))
    assert images.read(torch.tensor([3, 0, 3])).equal(everything[[3, 0, 3]])
    assert images.shape == (3, 4, 5)


def test_reading_copies() -> None:
    """Broken: an attack that works in place would change the data set."""
    images = some_images()
    images.read(torch.tensor([0])).zero_()
    assert images.read(torch.tensor([0])).sum() > 0


def test_labels_of_another_number_are_refused() -> None:
    """Broken: images without labels would fail in the middle of an epoch."""
    with pytest.raises(ValueError, match="2 images but 3 labels"):
        TensorImages(torch.zeros(2, 1, 1, 1), torch.zeros(3, dtype=torch.int64))


def test_subset_of_subset_keeps_images_and_labels_together() -> None:
    """Broken: halves of a limited set would have the labels of other images."""
    images = some_images()
    inner = Subset(Subset(images, torch.tensor([6, 4, 1, 0])), torch.tensor([2, 0]))
    assert len(inner) == 2
    assert inner.shape == images.shape
    assert inner.labels.equal(images.labels[[1, 6]])
    assert inner.read(torch.tensor([1, 0])).equal(images.read(torch.tensor([6, 1])))


def test_deferred_images_open_once_and_late() -> None:
    """Broken: training would read the test split, or every batch would read its files anew."""
    opened = []

    def opener() -> Images:
        opened.append(1)
        return some_images()

    images = Deferred(opener)
    assert not opened
    assert len(images) == 7
    assert images.shape == (3, 4, 5)
    assert images.labels.equal(some_images().labels)
    assert images.read(torch.tensor([2])).equal(some_images().read(torch.tensor([2])))
    assert len(opened) == 1


class InFiles(TensorImages):
    """Images as if each were in a file, and reading took long."""

    batches_ahead = 2
    sources = tuple(Path(f"{number}.png") for number in range(7))


def test_what_an_image_is_made_of_comes_through() -> None:
    """Broken: images of a limited or deferred set would be cropped after they were made small, or be of other files."""
    full = InFiles(torch.rand(7, 3, 4, 5, generator=generator()), torch.arange(7))
    some = Deferred(lambda: Subset(Subset(full, torch.tensor([6, 4, 1, 0])), torch.tensor([2, 0])))
    crops = [Crop(0.5, 1.0, 0.0, 0.0), Crop(0.2, 1.0, 1.0, 0.3)]
    assert some.crop(torch.tensor([1, 0]), crops).equal(full.crop(torch.tensor([6, 1]), crops))
    assert some.sources == [Path("1.png"), Path("6.png")]
    assert some.batches_ahead == 2
    assert (some_images().sources, some_images().batches_ahead) == (None, 0)
