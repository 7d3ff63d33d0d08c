"""Numbers on held-out images, to look at on the way."""

from typing import Final

import torch
from torch import Tensor, nn

from dsrna.data import Images, Subset, batches
from dsrna.runtime import seeds
from dsrna.runtime.modes import evaluating
from dsrna.training.adversarial import adversary
from dsrna.training.settings import TrainingSettings

ROBUST_IMAGES: Final = 256


def validation_accuracy(model: nn.Module, held_out: Images, settings: TrainingSettings, device: torch.device) -> float:
    """Return the accuracy in eval mode on all held-out images."""
    hits = [_hits(model, x.to(device), y.to(device)) for x, y in batches(held_out, settings.batch_size)]
    return _mean(hits)


def robust_accuracy(
    model: nn.Module, held_out: Images, settings: TrainingSettings, *, seed: int, device: torch.device
) -> float:
    """Return the accuracy under the settings' adversary on at most 256 held-out images, the same in every epoch."""
    order = torch.randperm(len(held_out), generator=seeds.generator(seed, "probe"))[:ROBUST_IMAGES]
    hits = []
    for pixels, labels in batches(Subset(held_out, order), settings.batch_size):
        x, y = pixels.to(device), labels.to(device)
        hits.append(_hits(model, adversary(model, x, y, settings, seed), y))
    return _mean(hits)


def _hits(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    with evaluating(model), torch.no_grad():
        logits: Tensor = model(x)
    return (logits.argmax(dim=1) == y).float()


def _mean(hits: list[Tensor]) -> float:
    return torch.cat(hits).double().mean().item()
