"""How a network is judged: each metric under its threat model, on the same held-out images."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.metrics import METRICS, MetricOptions
from dsrna.runtime.modes import evaluating
from dsrna.threat import ThreatModel

CHUNK: Final = 32

Pixels = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, " batch"]


@dataclass(frozen=True)
class Judge:
    """The metrics by name, each with its threat model, and how those that look at margins do it."""

    threats: Mapping[str, ThreatModel]
    options: MetricOptions

    @torch.no_grad()
    def metric(self, name: str, model: nn.Module, x: Pixels, y: Labels) -> float:
        """Return the mean over the images."""
        parts = [
            METRICS[name](model, images, labels, threat=self.threats[name], options=self.options)
            for images, labels in zip(torch.split(x, CHUNK), torch.split(y, CHUNK), strict=True)
        ]
        return torch.cat(parts).double().mean().item()


@torch.no_grad()
def accuracy(model: nn.Module, x: Pixels, y: Labels) -> float:
    with evaluating(model):
        right: Tensor = model(x).argmax(dim=1) == y
    return right.double().mean().item()


def gradient_norm(model: nn.Module, x: Pixels, y: Labels) -> float:
    """Return the Euclidean norm of the loss gradient in all weights (Abdelfattah et al. 2021, section 3.1)."""
    with evaluating(model), torch.enable_grad():
        loss = F.cross_entropy(model(x), y)
        gradients = torch.autograd.grad(loss, list(model.parameters()), materialize_grads=True, allow_unused=True)
    length: Tensor = torch.linalg.vector_norm(torch.cat([gradient.flatten() for gradient in gradients]))
    return length.item()
