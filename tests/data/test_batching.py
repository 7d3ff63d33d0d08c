"""Batches: every image once, with its own label."""

import pytest
import torch
from data_files import generator
from hypothesis import given
from hypothesis import strategies as st

from dsrna.data import Augmentation, DataSettings, Position, TensorImages, batches
from dsrna.data.fitting import stored
from dsrna.runtime.processes import ALONE, Processes


def numbered(count: int) -> TensorImages:
    return TensorImages(torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1), torch.arange(count))


@given(count=st.integers(1, 60), size=st.integers(1, 70), shuffle=st.booleans(), drop=st.booleans())
def test_every_image_comes_once_with_its_label(count: int, size: int, shuffle: bool, drop: bool) -> None:
    """Broken: an epoch would leave images out, see some twice, or give them the labels of others."""
    parts = list(batches(numbered(count), size, generator=generator() if shuffle else None, drop_last=drop))
    kept = count // size * size if drop else count
    assert all(len(y) == size for _, y in parts[:-1])
    assert all(x.flatten().mul(255).round().long().equal(y) for x, y in parts)
    seen = [int(label) for _, y in parts for label in y]
    assert len(seen) == len(set(seen)) == kept
    assert shuffle or seen == list(range(kept))


def test_generator_decides_the_order() -> None:
    """Broken: a resumed run would see another order, or every epoch the same."""
    draws, again = generator(2), generator(2)
    epochs = [torch.cat([y for _, y in batches(numbered(50), 8, generator=draws)]) for _ in range(2)]
    assert not epochs[0].equal(epochs[1])
    for epoch in epochs:
        assert epoch.equal(torch.cat([y for _, y in batches(numbered(50), 8, generator=again)]))


def test_augmentation_is_applied() -> None:
    """Broken: a recipe's augmentation would be ignored."""
    ((x, _),) = batches(numbered(20), 20, generator=generator(), augmentation=Augmentation(cutout=3))
    assert not x.any()


def test_augmentation_without_a_generator_is_refused() -> None:
    """Broken: augmentation would draw from the global state."""
    with pytest.raises(ValueError, match="generator"):
        next(batches(numbered(4), 2, augmentation=Augmentation(flip=True)))


def test_augmentation_that_is_off_needs_no_generator() -> None:
    """Broken: evaluating with a recipe's default settings would fail."""
    assert len(list(batches(numbered(4), 2, augmentation=Augmentation()))) == 2


class OneOfThree(Processes):
    """A process that searches with two others."""

    size = 3

    def __init__(self, rank: int) -> None:
        self.rank = rank


@pytest.mark.parametrize("rank", range(3))
def test_several_processes_share_the_batches_of_one(rank: int) -> None:
    """Broken: a search on several machines would see images twice, or others than on one, or change them otherwise."""
    images = TensorImages(torch.rand(20, 1, 5, 5, generator=generator()), torch.arange(20))
    augmentation = Augmentation(pad=2, flip=True, cutout=2, area=0.3)

    def shuffled(processes: Processes) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return list(batches(images, 8, generator=generator(3), augmentation=augmentation, processes=processes))

    for (x, y), (its_x, its_y) in zip(shuffled(ALONE), shuffled(OneOfThree(rank)), strict=True):
        assert its_y.equal(y[rank::3])
        assert its_x.equal(x[rank::3])
        assert OneOfThree(rank).share(len(y)) == len(its_y)


def test_a_pass_goes_on_where_it_was_left() -> None:
    """Broken: a training stopped within an epoch would see images twice, or augmented otherwise."""
    changed = Augmentation(cutout=1, area=0.5)
    draws = generator(4)
    begun = batches(numbered(50), 8, generator=draws, augmentation=changed)
    for _ in range(3):
        next(begun)
    position = Position(3, draws.get_state())
    rest = batches(numbered(50), 8, generator=generator(4), augmentation=changed, after=position)
    for (x, y), (again_x, again_y) in zip(begun, rest, strict=True):
        assert torch.equal(x, again_x)
        assert torch.equal(y, again_y)


class Ahead(TensorImages):
    """Images that are read ahead as if that took long."""

    batches_ahead = 3


def noise(kind: type[TensorImages] = TensorImages) -> TensorImages:
    return kind(torch.rand(20, 1, 5, 5, generator=generator()), torch.arange(20))


EVERYTHING = Augmentation(pad=2, flip=True, cutout=2, area=0.2)


def test_reading_ahead_changes_nothing() -> None:
    """Broken: results would depend on what a thread was doing; steps draw random numbers between the batches."""
    both = []
    for kind in (TensorImages, Ahead):
        draws, seen = generator(3), []
        for x, y in batches(noise(kind), 6, generator=draws, augmentation=EVERYTHING):
            seen += [x, y, torch.rand(3, generator=draws)]
        both.append(seen)
    assert all(one.equal(other) for one, other in zip(*both, strict=True))


def test_crops_differ_between_images_and_epochs() -> None:
    """Broken: every epoch would see the same parts of the images."""
    images = TensorImages(torch.rand(1, 1, 9, 9, generator=generator()).repeat(8, 1, 1, 1), torch.arange(8))
    draws = generator(1)
    epochs = [next(batches(images, 8, generator=draws, augmentation=Augmentation(area=0.2)))[0] for _ in range(2)]
    assert len({tuple(image.flatten().tolist()) for image in torch.cat(epochs)}) == 16


def test_only_training_crops_at_random() -> None:
    """Broken: the network would be judged on parts of the test images."""
    ((x, _),) = batches(noise(), 20)
    assert x.equal(noise().read(torch.arange(20)))
    with pytest.raises(ValueError, match="generator"):
        next(batches(noise(), 20, augmentation=Augmentation(area=0.5)))


def test_whole_images_leave_the_generator_as_it_was_before_there_were_crops() -> None:
    """Broken: every recorded result would change, whether it crops or not."""
    draws, order = generator(4), generator(4)
    next(batches(noise(), 20, generator=draws))
    torch.randperm(20, generator=order)
    assert draws.get_state().equal(order.get_state())


@pytest.mark.parametrize("augmentation", [None, Augmentation(pad=1, flip=True, cutout=2)])
def test_batches_are_made_where_the_images_lie(augmentation: Augmentation | None) -> None:
    """Broken: a set that lies on a GPU would come to the CPU and go back, batch by batch.

    Nothing can be copied from the device meta, which is torch's own for shapes.
    """
    settings, device = DataSettings("cifar10"), torch.device("meta")
    images = stored(torch.zeros(20, 3, 4, 4, dtype=torch.uint8), torch.arange(20), settings, device)
    for x, y in batches(images, 8, generator=generator(), augmentation=augmentation):
        assert x.device == y.device == device
