"""The search: a bilevel loop over epochs, checkpointed after each, that ends in a genotype."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import torch
from torch import Tensor

from dsrna.bounds import traces_kept
from dsrna.data import Augmentation, Images, batches
from dsrna.runtime.checkpoint import (
    Checkpoints,
    optimizer_tensors,
    restore_optimizer,
    with_prefix,
    without_prefix,
)
from dsrna.runtime.modes import evaluating
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.seeds import generator
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.search.history import SearchEpoch, SearchResult
from dsrna.search.objective import UpperLevel
from dsrna.search.settings import SearchSettings
from dsrna.search.steps import Optimizers, architecture_step, weights_step
from dsrna.spaces import Searchable


def search(
    supernet: Searchable,
    train: Images,
    validation: Images,
    settings: SearchSettings,
    *,
    augmentation: Augmentation | None = None,
    seed: int = 0,
    checkpoints: Checkpoints | None = None,
    reporter: Reporter | None = None,
) -> SearchResult:
    """Search in place: weights on ``train``, architecture parameters on ``validation``; return the genotype.

    With ``checkpoints`` a search that was stopped goes on after its last whole epoch, bit for bit on a CPU.
    """
    run = _Search(supernet, train, validation, settings, augmentation, seed)
    checkpoints = checkpoints or Checkpoints()
    run.resume(checkpoints)
    stages = reporter or Silent()
    with stages.stage("search", settings.epochs, "epochs", done=len(run.history)) as stage, traces_kept():
        for epoch in range(len(run.history), settings.epochs):
            row = run.epoch(epoch)
            run.save(checkpoints)
            stage.step(1, loss=row.loss, accuracy=row.validation_accuracy, **_robustness(row))
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
    seed: int
    history: list[SearchEpoch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.optimizers = Optimizers.make(self.supernet, self.settings)
        self.upper = UpperLevel(self.settings)

    def epoch(self, epoch: int) -> SearchEpoch:
        started = time.monotonic()
        warmup = epoch < self.settings.warmup_epochs
        self.optimizers.set_learning_rate(cosine(self.settings, epoch))
        loss = right = seen = 0.0
        robustness: list[float] = []
        for training, held_out in zip(self._batches(epoch), self._held_out(epoch), strict=False):
            if not warmup:
                value = architecture_step(self.supernet, self.optimizers, self.upper, training, held_out)
                robustness += [] if value is None else [value]
            batch_loss, batch_right = weights_step(self.supernet, self.optimizers, self.settings, *training)
            loss, right, seen = loss + batch_loss * len(training[1]), right + batch_right, seen + len(training[1])
        row = SearchEpoch(
            epoch=epoch + 1,
            epochs=self.settings.epochs,
            loss=loss / seen,
            accuracy=right / seen,
            validation_accuracy=self._validation_accuracy(),
            robustness=sum(robustness) / len(robustness) if robustness else None,
            shares=self.supernet.shares(),
            warmup=warmup,
            seconds=time.monotonic() - started,
        )
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
        tensors = {
            **with_prefix("supernet", self.supernet.state_dict()),
            **optimizer_tensors(self.optimizers.weights, "sgd"),
            **optimizer_tensors(self.optimizers.architecture, "adam"),
        }
        checkpoints.save(len(self.history), tensors, {"history": to_plain(self.history)})

    def resume(self, checkpoints: Checkpoints) -> None:
        checkpoint = checkpoints.latest()
        if checkpoint is None:
            return
        self.supernet.load_state_dict(without_prefix("supernet", checkpoint.tensors))
        restore_optimizer(self.optimizers.weights, "sgd", checkpoint.tensors)
        restore_optimizer(self.optimizers.architecture, "adam", checkpoint.tensors)
        rows: list[Any] = checkpoint.state["history"]
        self.history = [from_plain(SearchEpoch, row, where="checkpoint") for row in rows]


def cosine(settings: SearchSettings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0: cosine from the first to the final one."""
    low, high = settings.final_learning_rate, settings.learning_rate
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * epoch / settings.epochs))
