"""The search: a bilevel loop over epochs, checkpointed after each, that ends in a genotype."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import torch
from torch import Tensor

from dsrna.bounds import traces_kept
from dsrna.data import Augmentation, Images, batches
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.modes import evaluating
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.seeds import generator
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.search.contradictions import check_bounded
from dsrna.search.history import ArchitectureStep, SearchEpoch, SearchResult
from dsrna.search.settings import SearchSettings
from dsrna.search.steps import Bilevel, Moment
from dsrna.search.watch import NotFiniteError, collapse
from dsrna.spaces import Searchable


def search(
    supernet: Searchable,
    train: Images,
    validation: Images,
    settings: SearchSettings,
    *,
    augmentation: Augmentation | None = None,
    goal: str = "standard",
    seed: int = 0,
    checkpoints: Checkpoints | None = None,
    reporter: Reporter | None = None,
) -> SearchResult:
    """Search in place: weights on ``train``, architecture parameters on ``validation``; return the genotype.

    ``goal`` says how the network that is searched for will be trained and judged; a method may take another form by it.

    With ``checkpoints`` a search that was stopped goes on after its last whole epoch, bit for bit on a CPU.
    """
    run = _Search(supernet, train, validation, settings, augmentation, goal, seed)
    checkpoints = checkpoints or Checkpoints()
    run.resume(checkpoints)
    first = torch.arange(1)
    check_bounded(supernet, validation.read(first), validation.labels[first], run.levels.upper.method)
    stages = reporter or Silent()
    with stages.stage("search", settings.epochs, "epochs", done=len(run.history)) as stage, traces_kept():
        for epoch in range(len(run.history), settings.epochs):
            row = run.epoch(epoch, stages)
            run.save(checkpoints)
            stage.step(1, loss=row.loss, accuracy=row.validation_accuracy, **_robustness(row))
            if row.collapse is not None and run.history[-2].collapse is None:
                stages.say(f"search, epoch {row.epoch}: {row.collapse}")
    return SearchResult(supernet.genotype(), tuple(run.history))


def _robustness(row: SearchEpoch) -> dict[str, float]:
    return {} if row.robustness is None else {"robustness": row.robustness}


@dataclass
class _Search:
    """The state of a search between two epochs: supernet, optimizers, history."""

    supernet: Searchable
    train: Images
    validation: Images
    settings: SearchSettings
    augmentation: Augmentation | None
    goal: str
    seed: int
    history: list[SearchEpoch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.levels = Bilevel.make(self.supernet, self.settings, self.goal)

    def epoch(self, epoch: int, reporter: Reporter) -> SearchEpoch:
        """Search for one epoch; where the objective is no number any more, go back and let the metric count less."""
        while True:
            before = {name: tensor.clone() for name, tensor in self.levels.tensors().items()}
            try:
                return self._attempt(epoch)
            except NotFiniteError as error:
                self.levels.restore(before)
                reporter.say(f"search, epoch {epoch + 1}: {self.levels.upper.weakened(error)}")

    def _attempt(self, epoch: int) -> SearchEpoch:
        started = time.monotonic()
        warmup = epoch < self.settings.warmup_epochs
        self.levels.optimizers.set_learning_rate(cosine(self.settings, epoch))
        loss = right = seen = 0.0
        moment = Moment(epoch / self.settings.epochs, generator(self.seed, "search", "steps", epoch))
        self.levels.upper.steps.clear()
        for training, held_out in zip(self._batches(epoch), self._held_out(epoch), strict=False):
            if not warmup:
                self.levels.architecture_step(training, held_out, moment, probe=not self.levels.upper.steps)
            batch_loss, batch_right = self.levels.weights_step(training, moment)
            loss, right, seen = loss + batch_loss * len(training[1]), right + batch_right, seen + len(training[1])
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
        row = replace(row, collapse=collapse([*self.history, row]))
        self.history.append(row)
        return row

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = generator(self.seed, "search", "training", epoch)
        return batches(
            self.train,
            self.settings.batch_size,
            generator=order,
            augmentation=self.augmentation,
            drop_last=len(self.train) > self.settings.batch_size,
        )

    def _held_out(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield validation batches without end, in an order of their own each time around."""
        for turn in count():
            order = generator(self.seed, "search", "validation", epoch, turn)
            whole = len(self.validation) > self.settings.batch_size
            yield from batches(self.validation, self.settings.batch_size, generator=order, drop_last=whole)

    @torch.no_grad()
    def _validation_accuracy(self) -> float:
        with evaluating(self.supernet):
            right = sum(
                int((self.supernet(x).argmax(dim=1) == y).sum())
                for x, y in batches(self.validation, self.settings.batch_size)
            )
        return right / len(self.validation)

    def save(self, checkpoints: Checkpoints) -> None:
        state = {"history": to_plain(self.history), "setbacks": self.levels.upper.setbacks}
        checkpoints.save(len(self.history), self.levels.tensors(), state)

    def resume(self, checkpoints: Checkpoints) -> None:
        checkpoint = checkpoints.latest()
        if checkpoint is None:
            return
        self.levels.restore(checkpoint.tensors)
        self.levels.upper.setbacks = checkpoint.state.get("setbacks", 0)
        rows: list[Any] = checkpoint.state["history"]
        self.history = [from_plain(SearchEpoch, row, where="checkpoint") for row in rows]


def cosine(settings: SearchSettings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0: cosine from the first to the final one."""
    low, high = settings.final_learning_rate, settings.learning_rate
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * epoch / settings.epochs))
