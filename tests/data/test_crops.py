"""Crops: area, aspect and place as drawn, and pixels as Pillow has them."""

import math

import numpy as np
import pytest
import torch
from data_files import generator
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dsrna.data.crops import CENTRE, Crop, cropped, random_crops

crops = st.builds(Crop, st.floats(0.01, 1), st.floats(0.75, 4 / 3), st.floats(0, 1), st.floats(0, 1))


@given(crop=crops, width=st.integers(1, 500), height=st.integers(1, 500))
def test_box_is_the_crop(crop: Crop, width: int, height: int) -> None:
    """Broken: crops would be squeezed, of another size than drawn, or reach over the border."""
    left, top, right, bottom = crop.box(float(width), float(height))
    wide, high = right - left, bottom - top
    assert 0 <= left < right <= width + 1e-9
    assert 0 <= top < bottom <= height
    assert wide / high == pytest.approx(crop.aspect, rel=1e-6)
    share = crop.area * width * height
    fits = math.sqrt(share * crop.aspect) <= width and math.sqrt(share / crop.aspect) <= height
    assert wide * high == pytest.approx(share) if fits else wide * high < share * (1 + 1e-9)
    assert left == pytest.approx(crop.across * (width - wide), abs=1e-9)
    assert top == pytest.approx(crop.down * (height - high), abs=1e-9)


def test_a_crop_that_does_not_fit_is_as_large_as_it_can_be() -> None:
    """Broken: a panorama would be cut to a sliver."""
    assert CENTRE.box(30.0, 10.0) == (10, 0, 20, 10)
    assert CENTRE.box(7.0, 12.0) == (0, 2.5, 7, 9.5)


def test_draws_are_spread_as_described() -> None:
    """Broken: the network would see details only, or the middle only, or wide crops only."""
    drawn = random_crops(4000, 0.25, generator())
    values = torch.tensor([[c.area, math.log(c.aspect) / math.log(4 / 3), c.across, c.down] for c in drawn])
    low, high = torch.tensor([0.25, -1, 0, 0]), torch.tensor([1.0, 1, 1, 1])
    assert (values >= low - 1e-6).all()
    assert (values <= high + 1e-6).all()
    shares = ((values - low) / (high - low)).double()
    assert (shares.mean(0) - 0.5).abs().max() < 0.02
    assert (shares.std(0) - 1 / math.sqrt(12)).abs().max() < 0.02
    assert shares.T.corrcoef().fill_diagonal_(0).abs().max() < 0.08


@given(crop=crops, seed=st.integers(0, 99))
def test_pixels_are_those_of_pillow(crop: Crop, seed: int) -> None:
    """Broken: images held in memory and images in files would be cropped differently."""
    x = torch.rand(1, 1, 12, 12, generator=generator(seed))
    expected = Image.fromarray(x[0, 0].numpy()).resize((12, 12), Image.Resampling.BILINEAR, box=crop.box(12.0, 12.0))
    assert np.allclose(cropped(x, [crop])[0, 0], np.asarray(expected), atol=2e-4)


def test_each_image_has_its_own_crop_and_the_whole_is_the_image() -> None:
    """Broken: all images of a batch would be cropped alike, or pixels moved where nothing is cropped."""
    x = torch.rand(3, 2, 6, 9, generator=generator())
    crops = [Crop(1.0, 1.0, 0.5, 0.5), Crop(0.25, 1.0, 0.0, 0.0), Crop(0.25, 1.0, 1.0, 1.0)]
    result = cropped(x, crops)
    assert result.shape == x.shape
    assert torch.allclose(result[0], x[0], atol=1e-6)
    for index, crop in enumerate(crops):
        assert torch.allclose(result[index], cropped(x[index : index + 1], [crop])[0])
    assert (result[1].mean() - x[1, :, :3, :5].mean()).abs() < 0.1
