"""The state of a training between two epochs, and what an epoch does to it."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from dsrna.data import Augmentation, Images, batches
from dsrna.errors import UserError
from dsrna.runtime import seeds
from dsrna.training.history import TrainingEpoch
from dsrna.training.randomness import dropping_paths, layers_drawing_from
from dsrna.training.registry import TRAININGS, Moment
from dsrna.training.schedule import drop_path, learning_rate
from dsrna.training.settings import TrainingSettings
from dsrna.training.validation import robust_accuracy, validation_accuracy


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
    history: list[TrainingEpoch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model.to(self.device)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=self.settings.learning_rate,
            momentum=self.settings.momentum,
            weight_decay=self.settings.weight_decay,
        )

    def epoch(self) -> TrainingEpoch:
        """Train for one epoch, add its row to the history and return it. A diverging loss raises ``UserError``."""
        started, epoch = time.monotonic(), len(self.history)
        rate = self._set_learning_rate(epoch)
        loss, accuracy = self._learn(epoch)
        validation, robust = self._look()
        seconds = time.monotonic() - started
        row = TrainingEpoch(epoch + 1, self.settings.epochs, loss, accuracy, validation, robust, rate, seconds)
        self.history.append(row)
        return row

    def _set_learning_rate(self, epoch: int) -> float:
        rate = learning_rate(self.settings, epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _learn(self, epoch: int) -> tuple[float, float]:
        """Go through the images once; order, augmentation and noise follow from the seed and the epoch alone."""
        noise, share = seeds.derive(self.seed, "noise", epoch), drop_path(self.settings, epoch)
        self.model.train()
        with layers_drawing_from(noise), dropping_paths(self.model, share, noise, self.device):
            steps = torch.stack(list(self._steps(epoch, seeds.generator(self.seed, "train", epoch))))
        loss, accuracy, gradient = steps.double().mean(dim=0).tolist()
        if not math.isfinite(loss + gradient):
            raise UserError(
                f"training diverged in epoch {epoch + 1} (mean loss {loss:g}, gradient norm {gradient:g}); lower "
                f"learning_rate (now {self.settings.learning_rate:g}); the checkpoint before it is intact"
            )
        return loss, accuracy

    def _steps(self, epoch: int, generator: torch.Generator) -> Iterator[Tensor]:
        # A last batch of one image would leave batch norm without a variance.
        size, drop_last = self.settings.batch_size, len(self.images) > self.settings.batch_size
        shuffled = batches(self.images, size, generator=generator, augmentation=self.augmentation, drop_last=drop_last)
        memory: dict[str, Tensor] = {}
        for index, (x, y) in enumerate(shuffled):
            progress = (epoch + index * size / len(self.images)) / self.settings.epochs
            for _ in range(self.settings.replays):
                yield self._step(x.to(self.device), y.to(self.device), Moment(generator, progress, memory))

    def _step(self, x: Tensor, y: Tensor, moment: Moment) -> Tensor:
        """Descend once; return loss, accuracy and gradient norm, left on the device so that it need not wait."""
        loss, logits = TRAININGS[self.settings.method](self.model, x, y, self.settings, moment)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = clip_grad_norm_(self.model.parameters(), self.settings.gradient_clip)
        self.optimizer.step()
        return torch.stack([loss.detach(), (logits.argmax(dim=1) == y).to(loss.dtype).mean(), norm])

    def _look(self) -> tuple[float | None, float | None]:
        if self.held_out is None:
            return None, None
        return (
            validation_accuracy(self.model, self.held_out, self.settings, self.device),
            robust_accuracy(self.model, self.held_out, self.settings, seed=self.seed, device=self.device),
        )
