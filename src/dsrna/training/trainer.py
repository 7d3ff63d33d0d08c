"""The state of a training between two epochs, and what an epoch does to it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from dsrna.data import Augmentation, Images
from dsrna.runtime.checkpoint import with_prefix, without_prefix
from dsrna.runtime.processes import ALONE, Processes
from dsrna.training.averaging import Average
from dsrna.training.descent import Descent
from dsrna.training.guard import judged, method_now
from dsrna.training.history import Guard, TrainingEpoch
from dsrna.training.passing import Passes
from dsrna.training.placing import place
from dsrna.training.schedule import learning_rate
from dsrna.training.selection import Best, score
from dsrna.training.settings import TrainingSettings
from dsrna.training.underway import UnderWay
from dsrna.training.validation import Examiner


@dataclass
class Trainer:
    """A model, the images it learns from and those it is looked at on (None: none), and the epochs so far."""

    model: nn.Module
    images: Images
    held_out: Images | None
    settings: TrainingSettings
    augmentation: Augmentation
    seed: int
    device: torch.device
    processes: Processes = ALONE
    history: list[TrainingEpoch] = field(default_factory=list)
    best: Best | None = None
    under_way: UnderWay | None = None

    def __post_init__(self) -> None:
        settings = self.settings
        place(self.model.to(self.device), settings, self.device)
        self.average = Average(self.model, settings.averaging) if settings.averaging else None
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
        )
        descent = Descent(self.model, self.optimizer, settings, self.processes)
        self.passes = Passes(self.images, self.augmentation, self.seed, self.device, descent, self.average)
        self.examiner = Examiner(settings, self.seed, self.device, self.processes)

    @property
    def evaluated(self) -> nn.Module:
        """The network that is looked at and kept: that of the averaged weights, where there are such."""
        return self.model if self.average is None else self.average.model

    def epoch(self, after_batch: Callable[[], None] = lambda: None) -> TrainingEpoch:
        """Train for one epoch, add its row to the history and return it. A diverging loss raises ``UserError``.

        ``after_batch`` is called within, when it is time to save the trainer.
        """
        epoch, method = len(self.history), method_now(self.history, self.settings)
        rate = self._set_learning_rate(epoch)
        self.under_way = self.under_way or UnderWay(parts=self.settings.accumulate)
        loss, accuracy = self.passes.learn(epoch, method, self.under_way, after_batch)
        if self.average is not None:
            self.passes.settle(epoch, method, self.average, self.under_way.memories)
        validation, robust = self._look()
        guard = self._guard(robust) if method == "fast" else None
        seconds, self.under_way = self.under_way.seconds, None
        row = TrainingEpoch(epoch + 1, self.settings.epochs, loss, accuracy, validation, robust, rate, seconds, guard)
        self.history.append(row)
        self._take_back() if guard is not None and guard.overfitted else self._keep(row)
        return row

    def networks(self) -> dict[str, Tensor]:
        """Return the tensors of the network, and of that of averaged weights, by name."""
        average = {} if self.average is None else with_prefix("average", self.average.model.state_dict())
        return {**with_prefix("model", self.model.state_dict()), **average}

    def restore(self, networks: dict[str, Tensor]) -> None:
        """Put back what ``networks`` returned; tensors of another network are a ``RuntimeError``."""
        self.model.load_state_dict(without_prefix("model", networks))
        if self.average is not None:
            self.average.model.load_state_dict(without_prefix("average", networks))

    def _set_learning_rate(self, epoch: int) -> float:
        rate = learning_rate(self.settings, epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _look(self) -> tuple[float | None, float | None]:
        if self.held_out is None:
            return None, None
        examined = (self.evaluated, self.held_out)
        return self.examiner.accuracy(*examined), self.examiner.robust_accuracy(*examined)

    def _guard(self, robust: float | None) -> Guard:
        """Judge the weights that are stepped: an average of them would hide for a while what has become of them."""
        examined = (self.model, self.images if self.held_out is None else self.held_out)
        if robust is None or self.average is not None:
            robust = self.examiner.robust_accuracy(*examined)
        return judged(robust, self.examiner.one_step_accuracy(*examined), self.history, self.settings.fast.fall)

    def _keep(self, row: TrainingEpoch) -> None:
        value = score(row, self.settings)
        if value is not None and (self.best is None or value >= self.best.score):
            self.best = Best(row.epoch, value, {name: tensor.clone() for name, tensor in self.networks().items()})

    def _take_back(self) -> None:
        """Go back to the best epoch; momentum that led away from it is forgotten."""
        if self.best is not None:
            self.restore(self.best.networks)
            self.optimizer.state.clear()
