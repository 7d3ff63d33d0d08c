"""The state of a search between two epochs, and what an epoch does to it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import torch

from dsrna.data import Augmentation, Images, batches
from dsrna.errors import UserError
from dsrna.runtime.memory import advising
from dsrna.runtime.modes import evaluating
from dsrna.runtime.processes import ALONE, Processes
from dsrna.runtime.progress import Reporter
from dsrna.search.history import ArchitectureStep, SearchEpoch
from dsrna.search.passing import Passes
from dsrna.search.schedule import learning_rate
from dsrna.search.settings import SearchSettings
from dsrna.search.stability import watched
from dsrna.search.steps import Bilevel
from dsrna.search.underway import UnderWay
from dsrna.search.watch import NotFiniteError, collapse
from dsrna.spaces import Searchable, Sizes

LACK: Final = (
    "lower search.batch_size (now {}), or search.metric_batch and search.bound_batch; it is not halved here, for the "
    "statistics of batch norm are those of a whole batch, and another search would come of it"
)


@dataclass
class Searcher:
    """The state of a search between two epochs: supernet, optimizers, history."""

    supernet: Searchable
    train: Images
    validation: Images
    settings: SearchSettings
    augmentation: Augmentation | None
    goal: str
    seed: int
    sizes: Sizes | None = None
    processes: Processes = ALONE
    history: list[SearchEpoch] = field(default_factory=list)
    under_way: UnderWay | None = None

    def __post_init__(self) -> None:
        if self.settings.bands and self.sizes is None:
            raise UserError(
                "search.params and search.macs need the sizes of the final networks: pass sizes to search()"
            )
        if self.settings.compile and (self.processes.size > 1 or self.train.labels.device.type != "cuda"):
            raise UserError("search.compile is for one GPU; leave it false")
        self.levels = Bilevel.make(self.supernet, self.settings, self.goal, self.sizes, self.processes)
        self.passes = Passes(self.train, self.validation, self.augmentation, self.seed, self.levels)
        size, batch = self.processes.size, self.settings.batch_size
        if size > 1 and self.levels.upper.method.certifies:
            raise UserError(
                "a supernet that is trained by a bound is searched by one process; start dsrna without torchrun"
            )
        if size > 1 and self.levels.upper.method.progressive:
            raise UserError(f"{self.settings.method} is searched by one process; start dsrna without torchrun")
        if batch % size or min(len(self.train), len(self.validation)) < size:
            raise UserError(
                f"search.batch_size ({batch}) must be a multiple of the number of processes ({size}), "
                "and each half must hold an image for each"
            )

    def epoch(self, reporter: Reporter, after_batch: Callable[[], None] = lambda: None) -> SearchEpoch:
        """Search for one epoch, or for the rest of one that was begun; add its row to the history and return it.

        Where the objective is no number any more, go back to its beginning and let the metric count less; while warming
        up, where it does not count, that is an error at once.
        ``after_batch`` is called within, when it is time to save the search.
        """
        while True:
            under_way = self.under_way = self.under_way or self._begun()
            try:
                with advising(LACK.format(self.settings.batch_size)):
                    return self._attempt(under_way, after_batch)
            except NotFiniteError as error:
                if len(self.history) < self.settings.warmup_epochs:
                    raise  # No metric counts yet: with less of it the epoch would end as it did.
                self.under_way = None
                self.levels.restore(under_way.start)
                reporter.say(f"search, epoch {len(self.history) + 1}: {self.levels.upper.weakened(error)}")

    def _begun(self) -> UnderWay:
        self.levels.upper.steps.clear()
        return UnderWay(start={name: tensor.clone() for name, tensor in self.levels.tensors().items()})

    def _attempt(self, under_way: UnderWay, after_batch: Callable[[], None]) -> SearchEpoch:
        epoch = len(self.history)
        self.levels.optimizers.set_learning_rate(learning_rate(self.settings, epoch))
        loss, accuracy = self.passes.learn(epoch, under_way, after_batch)
        steps = ArchitectureStep.mean(self.levels.upper.steps)
        row = SearchEpoch(
            epoch=epoch + 1,
            epochs=self.settings.epochs,
            loss=loss,
            accuracy=accuracy,
            validation_accuracy=self._validation_accuracy(),
            robustness=None if steps is None else steps.robustness,
            shares=self.supernet.shares(),
            warmup=epoch < self.settings.warmup_epochs,
            seconds=under_way.seconds,
            entropy=self.supernet.entropy(),
            architecture=steps,
        )
        row = watched(row, self.levels, self.validation, self.seed)
        row = replace(row, collapse=collapse([*self.history, row]))
        self.history.append(row)
        self.under_way = None
        return row

    @torch.no_grad()
    def _validation_accuracy(self) -> float:
        with evaluating(self.supernet):
            right = sum(
                int((self.supernet(x).argmax(dim=1) == y).sum())
                for x, y in batches(self.validation, self.settings.batch_size, processes=self.processes)
            )
        return int(self.processes.total(torch.tensor(right))) / len(self.validation)
