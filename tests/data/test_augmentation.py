"""Augmentation against the definition, image by image."""

import pytest
import torch
import torch.nn.functional as F
from data_files import generator
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dsrna.data import Augmentation, augment


def noise(batch: int = 16, height: int = 6, width: int = 5) -> Tensor:
    return torch.rand(batch, 2, height, width, generator=generator(9)).clamp(min=0.01)


def windows(image: Tensor, pad: int) -> list[Tensor]:
    padded = F.pad(image, [pad] * 4)
    _, height, width = image.shape
    steps = range(2 * pad + 1)
    return [padded[:, top : top + height, left : left + width] for top in steps for left in steps]


@given(pad=st.integers(1, 7), seed=st.integers(0, 99))
def test_crop_is_a_window_of_the_padded_image(pad: int, seed: int) -> None:
    """Broken: training images would be mixed among one another or torn."""
    x = noise(4)
    for image, cropped in zip(x, augment(x, Augmentation(pad=pad), generator(seed)), strict=True):
        assert any(cropped.equal(window) for window in windows(image, pad))


def test_crop_reaches_every_window() -> None:
    """Broken: crops would be biased to a side."""
    image = noise(1)
    cropped = augment(image.repeat(400, 1, 1, 1), Augmentation(pad=1), generator())
    for window in windows(image[0], 1):
        assert (cropped == window).flatten(1).all(1).any()


def test_flip_mirrors_about_half_of_the_images() -> None:
    """Broken: images would be turned upside down, or all of them mirrored."""
    x = noise(400)
    flipped = augment(x, Augmentation(flip=True), generator())
    mirrored = (flipped == x.flip(-1)).flatten(1).all(1)
    assert (mirrored | (flipped == x).flatten(1).all(1)).all()
    assert 150 < mirrored.sum() < 250


@given(side=st.integers(1, 8), seed=st.integers(0, 99))
def test_cutout_blackens_one_square(side: int, seed: int) -> None:
    """Broken: the hole would have another size, or differ between the channels."""
    x = noise(8)
    holes = augment(x, Augmentation(cutout=side), generator(seed)) == 0
    assert holes[:, 0].equal(holes[:, 1])
    for hole in holes[:, 0]:
        rows, columns = hole.any(1), hole.any(0)
        assert hole.equal(rows[:, None] & columns)
        assert side // 2 <= rows.sum() <= side
        assert side // 2 <= columns.sum() <= side


def test_cutout_in_the_middle_has_its_full_side() -> None:
    """Broken: cutout would blacken fewer pixels than the recipe says."""
    holes = augment(noise(400, 9, 9), Augmentation(cutout=4), generator())[:, 0] == 0
    assert holes.flatten(1).sum(1).max() == 16


def test_default_changes_and_draws_nothing() -> None:
    """Broken: switching augmentation off would still change the order of the batches."""
    draws = generator()
    before = draws.get_state()
    x = noise()
    assert augment(x, Augmentation(), draws).equal(x)
    assert draws.get_state().equal(before)


@pytest.mark.parametrize("augmentation", [Augmentation(pad=2), Augmentation(flip=True), Augmentation(4, True, 3)])
def test_same_generator_gives_the_same_images_and_leaves_the_input(augmentation: Augmentation) -> None:
    """Broken: a resumed training would go another way, or the data set itself would be augmented again and again."""
    x = noise()
    before = x.clone()
    first, second = (augment(x, augmentation, generator(5)) for _ in range(2))
    assert first.equal(second)
    assert x.equal(before)
    assert first.shape == x.shape
