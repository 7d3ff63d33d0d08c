"""One step of the weights, from a batch that may be taken in parts and by several processes."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from dsrna.runtime.processes import Processes
from dsrna.training.registry import TRAININGS, Moment
from dsrna.training.settings import TrainingSettings

Batch = tuple[Tensor, Tensor]
"""Images and labels."""


@dataclass(frozen=True)
class Descent:
    """A model, the optimizer of its weights, and by what the gradient is taken."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    settings: TrainingSettings
    processes: Processes

    def step(self, method: str, batch: Batch, moments: Sequence[Moment]) -> Tensor:
        """Descend once, on as many parts of the batch as there are moments.

        Return loss, accuracy and gradient norm, left on the device so that it need not wait.
        """
        self.optimizer.zero_grad(set_to_none=True)
        numbers = self.differentiated(method, batch, moments)
        self._share()
        norm = clip_grad_norm_(self.model.parameters(), self.settings.gradient_clip)
        self.optimizer.step()
        return torch.cat([numbers, norm.reshape(1).to(numbers.dtype)])

    def differentiated(self, method: str, batch: Batch, moments: Sequence[Moment]) -> Tensor:
        """Add the gradient of the batch's loss, part by part, to all that wants one; return loss and accuracy."""
        x, y = batch
        parts = zip(x.tensor_split(len(moments)), y.tensor_split(len(moments)), moments, strict=True)
        numbers = [len(part[1]) / len(y) * self._of_part(method, *part, whole=len(y)) for part in parts]
        return torch.stack(numbers).sum(dim=0)

    def _of_part(self, method: str, x: Tensor, y: Tensor, moment: Moment, *, whole: int) -> Tensor:
        """Add the gradient of a part's share of the loss; return the loss and the accuracy of the part."""
        loss, logits = computed(self.model, method, (x, y), self.settings, moment)
        right = (logits.argmax(dim=1) == y).to(loss.dtype).mean()
        loss = self.processes.over_all(loss, len(y))
        # Of weights that stand still only a perturbation may want one.
        if loss.requires_grad:
            torch.autograd.backward(len(y) / whole * loss)
        return torch.stack([loss.detach(), self.processes.over_all(right, len(y))])

    def _share(self) -> None:
        gradients = [weight.grad for weight in self.model.parameters() if weight.grad is not None]
        for gradient, mean in zip(gradients, self.processes.mean(gradients), strict=True):
            if mean is not gradient:
                gradient.copy_(mean)


def computed(
    model: nn.Module, method: str, batch: Batch, settings: TrainingSettings, moment: Moment
) -> tuple[Tensor, Tensor]:
    """Return the loss and the logits of a training, in the settings' precision."""
    x, y = batch
    # Autocast's cache would keep weights that were cast where no gradient was wanted, and lose their gradients.
    with torch.autocast(x.device.type, torch.bfloat16, enabled=settings.reduced, cache_enabled=False):
        return TRAININGS[method](model, x, y, settings, moment)
