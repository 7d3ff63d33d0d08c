"""A pass through the training half: an epoch of both steps, which may be left and taken up after any batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from dsrna.data import Augmentation, Images, Position, batches
from dsrna.runtime.batch_statistics import whole_batch_statistics
from dsrna.runtime.seeds import generator
from dsrna.runtime.stopping import obey
from dsrna.search.steps import Batch, Bilevel, Moment
from dsrna.search.underway import UnderWay


@dataclass(frozen=True)
class Passes:
    """What every epoch goes through, and what it steps."""

    train: Images
    validation: Images
    augmentation: Augmentation | None
    seed: int
    levels: Bilevel

    @property
    def count(self) -> int:
        """How many batches there are. A last one that is not full is left out, if it is not the only one."""
        return self._whole(self.train)

    @property
    def batch_size(self) -> int:
        return self.levels.upper.settings.batch_size

    def learn(self, epoch: int, under_way: UnderWay, after_batch: Callable[[], None]) -> tuple[float, float]:
        """Take both steps on every batch; return mean loss and accuracy.

        Orders, augmentation and noise follow from the seed and the epoch alone. ``after_batch`` is called where the
        epoch is to be saved, and ``under_way`` then holds, beside the levels' tensors, all that is needed to go on.
        """
        settings, processes = self.levels.upper.settings, self.levels.processes
        order = generator(self.seed, "search", "training", epoch)
        moment = self._moment(epoch, under_way)
        with whole_batch_statistics(processes):
            pairs = zip(self._batches(order, under_way), self._held_out(epoch, under_way.batches), strict=False)
            for training, held_out in pairs:
                if epoch >= settings.warmup_epochs:
                    self.levels.architecture_step(training, held_out, moment, probe=not self.levels.upper.steps)
                under_way.count(*self.levels.weights_step(training, moment), len(training[1]))
                if under_way.to_be_saved(settings.checkpoint_minutes, self.count, processes):
                    under_way.keep({"order": order.get_state(), "steps": moment.generator.get_state()})
                    after_batch()
                    obey()
        sums = torch.tensor([under_way.loss, under_way.right, under_way.seen], dtype=torch.float64)
        loss, right, seen = processes.total(sums).tolist()
        return loss / seen, right / seen

    def _moment(self, epoch: int, under_way: UnderWay) -> Moment:
        steps = generator(self.seed, "search", "steps", epoch)
        if under_way.states:
            steps.set_state(under_way.states["steps"])
        return Moment(epoch / self.levels.upper.settings.epochs, steps)

    def _batches(self, order: torch.Generator, under_way: UnderWay) -> Iterator[Batch]:
        return batches(
            self.train,
            self.batch_size,
            generator=order,
            augmentation=self.augmentation,
            drop_last=len(self.train) > self.batch_size,
            processes=self.levels.processes,
            after=under_way.position,
        )

    def _held_out(self, epoch: int, done: int) -> Iterator[Batch]:
        """Yield validation batches without end, in an order of their own each time around, after so many."""
        turn, done = divmod(done, self._whole(self.validation))
        while True:
            order = generator(self.seed, "search", "validation", epoch, turn)
            yield from batches(
                self.validation,
                self.batch_size,
                generator=order,
                drop_last=len(self.validation) > self.batch_size,
                processes=self.levels.processes,
                # Once the order is drawn, nothing is drawn from it any more: any state will do.
                after=Position(done, order.get_state()),
            )
            turn, done = turn + 1, 0

    def _whole(self, images: Images) -> int:
        return max(1, len(images) // self.batch_size)
