"""The state of a search between two epochs, and what an epoch does to it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import torch
from torch import Tensor

from dsrna.data import Augmentation, Images, batches
from dsrna.errors import UserError
from dsrna.runtime.batch_statistics import whole_batch_statistics
from dsrna.runtime.checkpoint import Checkpoints, known_to_all
from dsrna.runtime.memory import advising
from dsrna.runtime.modes import evaluating
from dsrna.runtime.processes import ALONE, Processes
from dsrna.runtime.progress import Reporter
from dsrna.runtime.seeds import generator
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.search.history import ArchitectureStep, SearchEpoch
from dsrna.search.schedule import learning_rate
from dsrna.search.settings import SearchSettings
from dsrna.search.stability import watched
from dsrna.search.steps import Bilevel, Moment
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

    def __post_init__(self) -> None:
        if self.settings.bands and self.sizes is None:
            raise UserError(
                "search.params and search.macs need the sizes of the final networks: pass sizes to search()"
            )
        if self.settings.compile and (self.processes.size > 1 or self.train.labels.device.type != "cuda"):
            raise UserError("search.compile is for one GPU; leave it false")
        self.levels = Bilevel.make(self.supernet, self.settings, self.goal, self.sizes, self.processes)
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

    def epoch(self, epoch: int, reporter: Reporter) -> SearchEpoch:
        """Search for one epoch; where the objective is no number any more, go back and let the metric count less."""
        while True:
            before = {name: tensor.clone() for name, tensor in self.levels.tensors().items()}
            try:
                with advising(LACK.format(self.settings.batch_size)):
                    return self._attempt(epoch)
            except NotFiniteError as error:
                self.levels.restore(before)
                reporter.say(f"search, epoch {epoch + 1}: {self.levels.upper.weakened(error)}")

    def _attempt(self, epoch: int) -> SearchEpoch:
        started = time.monotonic()
        warmup = epoch < self.settings.warmup_epochs
        self.levels.optimizers.set_learning_rate(learning_rate(self.settings, epoch))
        moment = Moment(epoch / self.settings.epochs, generator(self.seed, "search", "steps", epoch))
        self.levels.upper.steps.clear()
        loss, right, seen = self._steps(epoch, moment, warmup=warmup)
        steps = ArchitectureStep.mean(self.levels.upper.steps)
        row = SearchEpoch(
            epoch=epoch + 1,
            epochs=self.settings.epochs,
            loss=loss / seen,
            accuracy=right / seen,
            validation_accuracy=self._validation_accuracy(),
            robustness=None if steps is None else steps.robustness,
            shares=self.supernet.shares(),
            warmup=warmup,
            seconds=time.monotonic() - started,
            entropy=self.supernet.entropy(),
            architecture=steps,
        )
        row = watched(replace(row, collapse=collapse([*self.history, row])), self.levels, self.validation, self.seed)
        self.history.append(row)
        return row

    def _steps(self, epoch: int, moment: Moment, *, warmup: bool) -> tuple[float, float, float]:
        """Take both steps on every batch; return the summed loss, the images classified right, and all."""
        loss = right = seen = 0.0
        with whole_batch_statistics(self.processes):
            for training, held_out in zip(self._batches(epoch), self._held_out(epoch), strict=False):
                if not warmup:
                    self.levels.architecture_step(training, held_out, moment, probe=not self.levels.upper.steps)
                batch_loss, batch_right = self.levels.weights_step(training, moment)
                loss, right, seen = loss + batch_loss * len(training[1]), right + batch_right, seen + len(training[1])
        loss, right, seen = self.processes.total(torch.tensor([loss, right, seen], dtype=torch.float64)).tolist()
        return loss, right, seen

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = generator(self.seed, "search", "training", epoch)
        return batches(
            self.train,
            self.settings.batch_size,
            generator=order,
            augmentation=self.augmentation,
            drop_last=len(self.train) > self.settings.batch_size,
            processes=self.processes,
        )

    def _held_out(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield validation batches without end, in an order of their own each time around."""
        for turn in count():
            order = generator(self.seed, "search", "validation", epoch, turn)
            whole = len(self.validation) > self.settings.batch_size
            yield from batches(
                self.validation,
                self.settings.batch_size,
                generator=order,
                drop_last=whole,
                processes=self.processes,
            )

    @torch.no_grad()
    def _validation_accuracy(self) -> float:
        with evaluating(self.supernet):
            right = sum(
                int((self.supernet(x).argmax(dim=1) == y).sum())
                for x, y in batches(self.validation, self.settings.batch_size, processes=self.processes)
            )
        return int(self.processes.total(torch.tensor(right))) / len(self.validation)

    def save(self, checkpoints: Checkpoints) -> None:
        state = {
            "history": to_plain(self.history),
            "setbacks": self.levels.upper.setbacks,
            "identity": self._identity(),
        }
        checkpoints.save(len(self.history), self.levels.tensors(), state)

    def resume(self, checkpoints: Checkpoints) -> None:
        checkpoint = known_to_all(checkpoints.latest(), self.processes)
        if checkpoint is None:
            return
        expected, folder = self._identity(), checkpoints.folder
        if checkpoint.state.get("identity", expected) != expected:
            raise UserError(f"{folder} holds a search with other settings; give another folder or remove it")
        try:
            self.levels.restore(checkpoint.tensors)
            rows: list[Any] = checkpoint.state["history"]
        except (RuntimeError, KeyError, ValueError) as error:
            raise UserError(f"{folder} holds the search of another supernet, or version; remove it") from error
        self.levels.upper.setbacks = checkpoint.state.get("setbacks", 0)
        self.history = [from_plain(SearchEpoch, row, where=str(folder)) for row in rows]

    def _identity(self) -> dict[str, Any]:
        """What a search is, beside its supernet. Older checkpoints do not say; the recipe of their run does."""
        augmentation = None if self.augmentation is None else to_plain(self.augmentation)
        identity = {"settings": to_plain(self.settings), "augmentation": augmentation, "goal": self.goal}
        return json.loads(json.dumps({**identity, "seed": self.seed}))  # type: ignore[no-any-return]  # as it is read
