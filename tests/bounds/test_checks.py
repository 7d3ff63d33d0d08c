"""Mistakes in shapes, which the type checker of the tests would find first anywhere else."""

import math

import pytest
import torch
from torch import Tensor, nn

from dsrna.bounds.checks import checked_eps, checked_images, checked_labels
from dsrna.errors import UserError

LOGITS = torch.zeros(3, 4)


@pytest.mark.parametrize("y", [torch.tensor([0, 1]), torch.zeros(3), torch.zeros(3, 1).long()])
def test_labels_are_one_whole_number_an_example(y: Tensor) -> None:
    """Labels of another number or kind would be broadcast into a meaningless margin."""
    with pytest.raises(UserError, match="y must be 3 whole numbers"):
        checked_labels("y", y, 3, 4)


@pytest.mark.parametrize("eps", [torch.zeros(2), torch.zeros(3, 1)])
def test_eps_is_one_or_one_an_example(eps: Tensor) -> None:
    """Radii of another number would be broadcast over pixels."""
    with pytest.raises(UserError, match="one for each of the 3 examples"):
        checked_eps(eps, LOGITS, math.inf)


@pytest.mark.parametrize("x", [torch.zeros(0, 2), torch.zeros(5)])
def test_images_are_a_batch(x: Tensor) -> None:
    """No image, or one without a batch dimension, would fail somewhere inside torch."""
    with pytest.raises(UserError, match="at least one image"):
        checked_images(nn.Flatten(), x)


def test_whole_numbers_are_no_images() -> None:
    """Pixels from 0 to 255 as they come from a file would pass for images in [0, 1]."""
    with pytest.raises(UserError, match=r"x is torch.uint8"):
        checked_images(nn.Flatten(), torch.zeros(2, 3, dtype=torch.uint8))
