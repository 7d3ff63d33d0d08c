"""Statistics of the pixels against the definition."""

import pytest
import torch
from data_files import generator

from dsrna.data import TensorImages, statistics
from dsrna.data.moments import SAMPLE, STD_FLOOR


def test_moments_are_those_of_all_pixels() -> None:
    """Broken: the model's first layer would normalise with wrong numbers."""
    pixels = torch.rand(1_234, 3, 4, 5, generator=generator()) * torch.tensor([1.0, 0.5, 0.1]).view(1, 3, 1, 1)
    mean, std = statistics(TensorImages(pixels, torch.zeros(1_234, dtype=torch.int64)))
    assert mean == pytest.approx(pixels.mean((0, 2, 3)).tolist(), abs=1e-5)
    assert std == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist(), abs=1e-5)


def test_constant_channel_has_the_floor() -> None:
    """Broken: normalisation would divide by zero."""
    _, std = statistics(TensorImages(torch.full((3, 1, 2, 2), 0.5), torch.zeros(3, dtype=torch.int64)))
    assert std == (STD_FLOOR,)


def test_sample_reaches_from_the_first_image_to_the_last() -> None:
    """Broken: of images sorted by class only the first classes would count."""
    pixels = torch.zeros(4 * SAMPLE, 1, 1, 1)
    pixels[2 * SAMPLE :] = 1.0
    mean, _ = statistics(TensorImages(pixels, torch.zeros(len(pixels), dtype=torch.int64)))
    assert mean[0] == pytest.approx(0.5, abs=1e-3)
