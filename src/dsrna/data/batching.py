"""Batches of a set of images."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.data.ahead import ahead
from dsrna.data.augmentation import Draws, augment
from dsrna.data.crops import random_crops
from dsrna.data.images import Images
from dsrna.data.settings import Augmentation
from dsrna.runtime import seeds
from dsrna.runtime.processes import ALONE, Processes


@dataclass(frozen=True)
class Position:
    """Where a pass through the images was left: how many batches were done, and the generator's state then."""

    batches: int
    state: Tensor


def batches(
    images: Images,
    batch_size: int,
    *,
    generator: torch.Generator | None = None,
    augmentation: Augmentation | None = None,
    drop_last: bool = False,
    processes: Processes = ALONE,
    after: Position | None = None,
) -> Iterator[tuple[Float[Tensor, "batch channels height width"], Int64[Tensor, "batch"]]]:
    """Yield every image once, as batches of float32 pixels in [0, 1] and labels on the same device.

    With a generator the images come in random order and may be augmented from the same generator, without one in
    the order of the set. ``drop_last`` leaves out a last batch that is not full. Of several processes each is
    yielded its part of every batch, and reads no other; order and augmentation are those of one process alone.
    ``after`` goes on where a pass was left, with a generator in the state that it was begun with.

    Images that are slow to read are read by a thread, a few batches ahead. It draws nothing: the batches are the same
    without it, and the generator may be used for other things between them.
    """
    order = _order(len(images), generator)
    changes = augmentation or Augmentation()
    read = _reader(images, changes, generator, processes.part)
    if after is not None:
        _given(generator).set_state(after.state)
    begin = 0 if after is None else after.batches * batch_size
    starts = range(begin, len(order) - batch_size + 1 if drop_last else len(order), batch_size)
    wholes = {start: order[start : start + batch_size] for start in starts}
    with closing(ahead((partial(read, *item) for item in wholes.items()), images.batches_ahead)) as pixels:
        for whole, x in zip(wholes.values(), pixels, strict=True):
            y = images.labels[whole[processes.part].to(images.labels.device)].to(x.device)
            if replace(changes, area=1.0) == Augmentation():
                yield x, y
            else:
                yield augment(x, changes, Draws(_given(generator), len(whole), processes.part)), y


def _reader(
    images: Images, changes: Augmentation, generator: torch.Generator | None, part: slice
) -> Callable[[int, Int64[Tensor, "whole"]], Float[Tensor, "batch channels height width"]]:
    """Return what reads this process's part of a whole batch, given where in the order the batch starts."""
    if changes.area == 1:
        return lambda _, whole: images.read(whole[part])
    draw = _given(generator)
    seed = int(torch.randint(2**62, (1,), generator=draw, device=draw.device))

    def read(start: int, whole: Int64[Tensor, "whole"]) -> Float[Tensor, "batch channels height width"]:
        # A generator for each batch: the thread draws nothing from one that others draw from.
        crops = random_crops(len(whole), changes.area, seeds.generator(seed, "crops", start))
        return images.crop(whole[part], crops[part])

    return read


def _order(count: int, generator: torch.Generator | None) -> Int64[Tensor, "n"]:
    if generator is None:
        return torch.arange(count)
    return torch.randperm(count, generator=generator, device=generator.device).cpu()


def _given(generator: torch.Generator | None) -> torch.Generator:
    if generator is None:
        raise ValueError("augmentation and going on need a generator")
    return generator
