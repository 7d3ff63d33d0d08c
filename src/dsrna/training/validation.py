"""Numbers on images that are not trained on, to look at on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.data import Images, Subset, batches
from dsrna.runtime import seeds
from dsrna.runtime.modes import evaluating
from dsrna.runtime.processes import ALONE, Processes
from dsrna.training.adversarial import adversary, one_step
from dsrna.training.settings import TrainingSettings

Attack = Callable[[nn.Module, Tensor, Tensor, TrainingSettings, int], Tensor]
"""``(model, x, y, settings, seed) -> moved images``."""

SHOWN_IMAGES: Final = 256
CHOSEN_BY_IMAGES: Final = 1024
"""So many images are attacked where that is only shown, and where something is decided by it."""


@dataclass(frozen=True)
class Examiner:
    """Counts right answers, in eval mode and in full precision; of several processes each its part."""

    settings: TrainingSettings
    seed: int
    device: torch.device
    processes: Processes = ALONE

    def accuracy(self, model: nn.Module, images: Images) -> float:
        """Return the accuracy on all the images."""
        return self._share(model, images, lambda _, x, *__: x)

    def robust_accuracy(self, model: nn.Module, images: Images) -> float:
        """Return the accuracy under the settings' adversary on a few images, the same in every epoch."""
        return self._share(model, self._few(images), adversary)

    def one_step_accuracy(self, model: nn.Module, images: Images) -> float:
        """Return the accuracy under the one step of ``fast``, on those same images."""
        return self._share(model, self._few(images), one_step)

    def _few(self, images: Images) -> Images:
        count = CHOSEN_BY_IMAGES if self.settings.adversarial else SHOWN_IMAGES
        return Subset(images, torch.randperm(len(images), generator=seeds.generator(self.seed, "probe"))[:count])

    def _share(self, model: nn.Module, images: Images, attack: Attack) -> float:
        parts = batches(images, self.settings.batch_size, processes=self.processes)
        # A process may have no image of a last, small batch.
        hits = [self._hits(model, x.to(self.device), y.to(self.device), attack) for x, y in parts if len(y)]
        total = torch.stack(hits).sum() if hits else torch.zeros((), dtype=torch.float64, device=self.device)
        return self.processes.total(total).item() / len(images)

    def _hits(self, model: nn.Module, x: Tensor, y: Tensor, attack: Attack) -> Tensor:
        moved = attack(model, x, y, self.settings, self.seed)
        with evaluating(model), torch.no_grad():
            logits: Tensor = model(moved)
        return (logits.argmax(dim=1) == y).double().sum()
