"""Splits: disjoint, complete, of every class its share, and the same for the same generator."""

import pytest
import torch
from data_files import generator, user_error
from hypothesis import given
from hypothesis import strategies as st

from dsrna.data import Images, TensorImages, halves
from dsrna.data.splits import limited, stratified

counts_of_classes = st.lists(st.integers(2, 40), min_size=2, max_size=6)
seeds = st.integers(0, 2**32)


def numbered(counts: list[int]) -> TensorImages:
    """Images whose only pixel is their number, their classes mixed."""
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    labels = labels[torch.randperm(len(labels), generator=generator(1))]
    return TensorImages(torch.arange(len(labels)).view(-1, 1, 1, 1).float(), labels)


def numbers(images: Images) -> list[int]:
    return [int(number) for number in images.read(torch.arange(len(images))).flatten()]


@given(counts=counts_of_classes, share=st.floats(0.01, 0.99), seed=seeds)
def test_halves_are_disjoint_and_complete_with_every_class(counts: list[int], share: float, seed: int) -> None:
    """Broken: the search would validate on images it trained on, or see some classes in one half only."""
    images = numbered(counts)
    first, second = halves(images, share, generator(seed))
    assert sorted(numbers(first) + numbers(second)) == list(range(len(images)))
    for half in (first, second):
        assert half.labels.equal(images.labels[numbers(half)])
        assert half.labels.bincount(minlength=len(counts)).min() >= 1
    assert abs(len(second) - share * len(images)) <= max(0.5, len(counts))


@given(counts=counts_of_classes, seed=seeds, data=st.data())
def test_stratified_choice_is_exact_and_within_one_of_every_share(
    counts: list[int], seed: int, data: st.DataObject
) -> None:
    """Broken: a small recipe would train on a lopsided sample."""
    labels = numbered(counts).labels
    count = data.draw(st.integers(0, len(labels)))
    chosen, rest = stratified(labels, count, generator(seed))
    assert len(chosen) == count
    assert chosen.equal(chosen.sort().values)
    assert torch.cat([chosen, rest]).sort().values.equal(torch.arange(len(labels)))
    shares = torch.tensor(counts) * count / len(labels)
    if shares.min() >= 1 and (torch.tensor(counts) - shares).min() >= 1:
        assert (labels[chosen].bincount(minlength=len(counts)) - shares).abs().max() < 1


def test_small_classes_are_on_both_sides() -> None:
    """Broken: a rare class would be missing from the validation half, and its accuracy undefined."""
    first, second = halves(numbered([3, 400, 2, 300]), 0.05, generator())
    assert second.labels.bincount().tolist()[::2] == [1, 1]
    assert first.labels.bincount().tolist()[::2] == [2, 1]
    assert len(second) == 35


def test_share_is_kept_exactly_where_it_can_be() -> None:
    """Broken: the default half would not be a half."""
    first, second = halves(numbered([20, 20, 20]), 0.25, generator())
    assert first.labels.bincount().tolist() == [15, 15, 15]
    assert second.labels.bincount().tolist() == [5, 5, 5]


def test_split_depends_on_the_generator_alone() -> None:
    """Broken: a resumed search would mix its halves."""
    images = numbered([30, 30])
    assert numbers(halves(images, 0.5, generator(3))[1]) == numbers(halves(images, 0.5, generator(3))[1])
    assert numbers(halves(images, 0.5, generator(3))[1]) != numbers(halves(images, 0.5, generator(4))[1])


def test_every_image_is_as_likely() -> None:
    """Broken: the images at the begin of the files would always fall into the same half."""
    images = numbered([10, 20])
    times = torch.zeros(30)
    for seed in range(400):
        times[numbers(halves(images, 0.5, generator(seed))[1])] += 1
    assert (times / 400 - 0.5).abs().max() < 0.12


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_share_outside_of_the_unit_interval_is_refused(share: float) -> None:
    """Broken: one half would be empty, and the search would divide by zero."""
    with user_error("share", share):
        halves(numbered([4, 4]), share, generator())


def test_single_image_of_a_class_is_refused() -> None:
    """Broken: one half would lack a class in silence."""
    with user_error("class 1", "single"):
        halves(numbered([4, 1, 4]), 0.5, generator())


@given(counts=counts_of_classes, seed=seeds, data=st.data())
def test_limit_is_met_with_every_class(counts: list[int], seed: int, data: st.DataObject) -> None:
    """Broken: a limited set could not be split again, or would be larger than asked for."""
    limit = data.draw(st.integers(2 * len(counts), sum(counts) + 5))
    images = limited(numbered(counts), limit, generator(seed))
    assert len(images) == min(limit, sum(counts))
    assert images.labels.bincount(minlength=len(counts)).min() >= 1


def test_limit_that_is_too_small_is_refused() -> None:
    """Broken: a class would be missing from the set."""
    with user_error("limit 5", "3 classes", "6"):
        limited(numbered([9, 9, 9]), 5, generator())
