"""Classes of unequal size."""

import pytest
import torch

from dsrna.data import Dataset, TensorImages, imbalance


def counted(*counts: int) -> Dataset:
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    images = TensorImages(torch.zeros(len(labels), 1, 1, 1), labels)
    return Dataset("any", tuple("abc"[: len(counts)]), images, images)


def test_unequal_classes_are_named_with_their_counts() -> None:
    """Broken: an accuracy of 97 % would be believed that comes of always saying the same."""
    said = imbalance(counted(20, 970, 10))
    assert "'b' has 970 training images" in said
    assert "'c' 10" in said
    assert "97%" in said


@pytest.mark.parametrize(("counts", "said"), [((10, 10), False), ((29, 10), False), ((30, 10), True), ((0, 5), True)])
def test_a_word_is_said_from_three_times_on(counts: tuple[int, ...], said: bool) -> None:
    """Broken: every data set would be called unequal, or one that is would not."""
    assert bool(imbalance(counted(*counts))) == said
