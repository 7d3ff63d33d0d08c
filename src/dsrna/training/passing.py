"""A pass through the training images: an epoch of steps, which may be left and taken up after any batch."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.data import Augmentation, Images, batches
from dsrna.errors import UserError
from dsrna.runtime import seeds
from dsrna.runtime.batch_statistics import whole_batch_statistics
from dsrna.runtime.stopping import obey
from dsrna.training.averaging import Average, settling
from dsrna.training.descent import Batch, Descent
from dsrna.training.placing import laid_out
from dsrna.training.randomness import Sources, dropping_paths, layers_drawing_from
from dsrna.training.registry import Moment
from dsrna.training.schedule import drop_path
from dsrna.training.settings import TrainingSettings
from dsrna.training.underway import UnderWay

SETTLING: Final = 512
"""Images, at least, from which the batch norms of averaged weights take their statistics."""

CHECKED: Final = 20
"""Batches after which the loss is looked at: an epoch of ImageNet takes hours, and numbers that are none stay so."""


@dataclass(frozen=True)
class Passes:
    """What every epoch goes through, and what it steps. ``average``: of the weights, if one is kept."""

    images: Images
    augmentation: Augmentation
    seed: int
    device: torch.device
    descent: Descent
    average: Average | None

    @property
    def settings(self) -> TrainingSettings:
        return self.descent.settings

    @property
    def count(self) -> int:
        """How many batches there are. A last one that is not full is left out, if it is not the only one."""
        return max(1, len(self.images) // self.settings.batch_size)

    def learn(
        self, epoch: int, method: str, under_way: UnderWay, after_batch: Callable[[], None]
    ) -> tuple[float, float]:
        """Go through the images once; return mean loss and accuracy. A loss that is not finite is a ``UserError``.

        Order, augmentation and noise follow from the seed and the epoch alone. ``after_batch`` is called where the
        epoch is to be saved, and ``under_way`` then holds all that is needed to go on.
        """
        sources = Sources.of(self.seed, epoch, self.device, self.descent.processes)
        self.descent.model.train()
        with self._noise(self.descent.model, sources, drop_path(self.settings, epoch)):
            under_way.resume(sources)
            for batch in self._batches(sources.steps, under_way):
                self._replay(batch, epoch, method, under_way, sources)
                if under_way.batches % CHECKED == 0 and not under_way.steps[-1].isfinite().all():
                    self._means(epoch, under_way.steps)
                if under_way.to_be_saved(self.settings.checkpoint_minutes, self.count, self.descent.processes):
                    self._means(epoch, under_way.steps)
                    under_way.keep(sources.states())
                    after_batch()
                    obey()
        return self._means(epoch, under_way.steps)

    def settle(self, epoch: int, method: str, average: Average, memories: list[dict[str, Tensor]]) -> None:
        """Give the network of averaged weights statistics of its own, from images as the training makes them.

        ``memories``: what the training remembers at the epoch's end, of each part of a batch.
        """
        sources = Sources.of(seeds.derive(self.seed, "settling"), epoch, self.device, self.descent.processes)
        few = math.ceil(SETTLING / self.settings.batch_size)
        descent, under_way = (
            replace(self.descent, model=average.model),
            UnderWay(parts=len(memories), memories=memories),
        )
        with self._noise(average.model, sources, 0.0), settling(average.model, self.descent.model):
            for batch in islice(self._batches(sources.steps, under_way), few):
                for _ in range(self.settings.replays):
                    descent.differentiated(method, batch, self._moments(epoch, sources, under_way))

    def _replay(self, batch: Batch, epoch: int, method: str, under_way: UnderWay, sources: Sources) -> None:
        for replay in range(self.settings.replays):
            under_way.steps.append(self.descent.step(method, batch, self._moments(epoch, sources, under_way)))
            if self.average is not None:
                done = (epoch * self.count + under_way.batches) * self.settings.replays + replay
                self.average.update(self.descent.model, done + 1)
        under_way.batches += 1

    def _moments(self, epoch: int, sources: Sources, under_way: UnderWay) -> list[Moment]:
        """Return the moment of each part of a batch."""
        share = under_way.batches * self.settings.batch_size / len(self.images)
        progress = (epoch + share) / self.settings.epochs
        return [Moment(sources.steps, progress, memory) for memory in under_way.memories]

    def _batches(self, generator: torch.Generator, under_way: UnderWay) -> Iterator[Batch]:
        shuffled = batches(
            self.images,
            self.settings.batch_size,
            generator=generator,
            augmentation=self.augmentation,
            # A last batch of one image would leave batch norm without a variance.
            drop_last=len(self.images) > self.settings.batch_size,
            processes=self.descent.processes,
            after=under_way.position,
        )
        for x, y in shuffled:
            yield laid_out(x.to(self.device), self.settings), y.to(self.device)

    @contextmanager
    def _noise(self, model: nn.Module, sources: Sources, share: float) -> Iterator[None]:
        with (
            layers_drawing_from(sources.layers),
            dropping_paths(model, share, sources.paths),
            whole_batch_statistics(self.descent.processes),
        ):
            yield

    def _means(self, epoch: int, steps: list[Tensor]) -> tuple[float, float]:
        loss, accuracy, gradient = torch.stack(steps).double().mean(dim=0).tolist()
        if not math.isfinite(loss + gradient):
            raise UserError(
                f"training diverged in epoch {epoch + 1} (mean loss {loss:g}, gradient norm {gradient:g}); lower "
                f"learning_rate (now {self.settings.learning_rate:g}); the checkpoint before it is intact"
            )
        return loss, accuracy
