"""Batches of a set of images."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.data.augmentation import Draws, augment
from dsrna.data.images import Images
from dsrna.data.settings import Augmentation
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
    """
    order = _order(len(images), generator)
    if after is not None:
        _given(generator).set_state(after.state)
    begin = 0 if after is None else after.batches * batch_size
    for start in range(begin, len(order) - batch_size + 1 if drop_last else len(order), batch_size):
        whole = order[start : start + batch_size]
        indices = whole[processes.part]
        x = images.read(indices)
        y = images.labels[indices.to(images.labels.device)].to(x.device)
        if augmentation is not None and augmentation != Augmentation():
            x = augment(x, augmentation, Draws(_given(generator), len(whole), processes.part))
        yield x, y


def _order(count: int, generator: torch.Generator | None) -> Int64[Tensor, "n"]:
    if generator is None:
        return torch.arange(count)
    return torch.randperm(count, generator=generator, device=generator.device).cpu()


def _given(generator: torch.Generator | None) -> torch.Generator:
    if generator is None:
        raise ValueError("augmentation and going on need a generator")
    return generator
