"""Stored pixels in other sizes and channels."""

import numpy as np
import pytest
import torch
from data_files import CPU, generator, user_error
from PIL import Image

from dsrna.data import DataSettings, TensorImages
from dsrna.data.fitting import stored

COLOUR = torch.randint(256, (5, 3, 8, 8), dtype=torch.uint8, generator=generator())
GREY = COLOUR[:, :1]
LABELS = torch.arange(5, dtype=torch.uint8)


def everything(images: TensorImages) -> torch.Tensor:
    return images.read(torch.arange(len(images)))


def test_default_stores_as_given() -> None:
    """Broken: data would be changed unasked."""
    images = stored(COLOUR, LABELS, DataSettings("any"), CPU)
    assert everything(images).equal(COLOUR / 255)
    assert images.labels.equal(torch.arange(5))


def test_grey_becomes_three_equal_channels() -> None:
    """Broken: a colour network could not be run on grey data."""
    images = stored(GREY, LABELS, DataSettings("any", channels=3), CPU)
    assert everything(images).equal((GREY / 255).expand(-1, 3, -1, -1))


def test_colour_becomes_the_grey_that_pillow_makes() -> None:
    """Broken: the same image would differ between tensors and files."""
    images = stored(COLOUR, LABELS, DataSettings("any", channels=1), CPU)
    pillow = [np.asarray(Image.fromarray(image.permute(1, 2, 0).numpy()).convert("L")) for image in COLOUR]
    expected = torch.from_numpy(np.stack(pillow)).unsqueeze(1)
    assert (everything(images) * 255 - expected).abs().max() <= 1.01


def test_resizing_agrees_with_pillow() -> None:
    """Broken: small recipes would train on aliased images."""
    images = stored(GREY, LABELS, DataSettings("any", image_size=5), CPU)
    pillow = [np.asarray(Image.fromarray(image[0].numpy()).resize((5, 5), Image.Resampling.BILINEAR)) for image in GREY]
    assert images.shape == (1, 5, 5)
    assert (everything(images)[:, 0] * 255 - torch.from_numpy(np.stack(pillow))).abs().max() <= 1.01


def test_floating_point_stays_in_the_unit_interval() -> None:
    """Broken: resized digits would leave [0, 1] or be rounded to black."""
    x = everything(stored(GREY / 255, LABELS, DataSettings("any", image_size=16, channels=3), CPU))
    assert x.shape == (5, 3, 16, 16)
    assert x.min() >= 0
    assert 0.5 < x.max() <= 1


def test_more_pixels_than_memory_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a large image_size is a traceback of an allocator."""

    def full(*_: object, **__: object) -> torch.Tensor:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr("torch.nn.functional.interpolate", full)
    with user_error("out of memory", "5 images of 4000 pixels a side", "data.image_size"):
        stored(COLOUR, LABELS, DataSettings("any", image_size=4_000), CPU)
