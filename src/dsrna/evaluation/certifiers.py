"""The two ways to certify a batch: by bounds of the network, and by smoothing it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor, nn

from dsrna.evaluation import engine
from dsrna.evaluation.engine import Question
from dsrna.evaluation.smoothing import smoothed_certificate
from dsrna.evaluation.smoothing_settings import SmoothingSettings

Labels = Int64[Tensor, "batch"]


@dataclass(frozen=True, eq=False)
class Batch:
    """Images with their labels, places in their set, clean logits, and the class to compare with (None: all)."""

    x: Float[Tensor, "batch channels height width"]
    y: Labels
    indices: Labels
    logits: Float[Tensor, "batch classes"]
    targets: Labels | None

    def part(self, rows: slice) -> "Batch":
        targets = None if self.targets is None else self.targets[rows]
        return Batch(self.x[rows], self.y[rows], self.indices[rows], self.logits[rows], targets)

    @property
    def predicted(self) -> Labels:
        return self.logits.argmax(dim=1)

    @property
    def right(self) -> Bool[Tensor, "batch"]:
        return self.predicted == self.y


@dataclass(frozen=True, eq=False)
class Findings:
    """What is certified of a batch, image by image and eps by eps; ``tried``: the images that this took time for."""

    predicted: Labels
    radius: Float64[Tensor, "batch"]
    proven: Bool[Tensor, "batch radii"]
    tried: Bool[Tensor, "batch"]

    @classmethod
    def joined(cls, parts: Sequence["Findings"]) -> "Findings":
        return cls(*(torch.cat([getattr(part, column.name) for part in parts]) for column in fields(cls)))


def by_bounds(model: nn.Module, batch: Batch, *, eps: Sequence[float], question: Question, max_eps: float) -> Findings:
    """Bound the margins of those images that are classified rightly; of the others there is nothing to prove.

    A ball holds the smaller ones: an image is certified at every eps up to its radius, and its radius is at least the
    largest eps that it is certified at.
    """
    right, radii = batch.right, torch.tensor(eps, dtype=torch.float64, device=batch.y.device)
    radius = torch.zeros(len(batch.y), dtype=torch.float64, device=batch.y.device)
    proven = torch.zeros(len(batch.y), len(eps), dtype=torch.bool, device=batch.y.device)
    if right.any():
        x, y = batch.x[right], batch.y[right]
        targets = None if batch.targets is None else batch.targets[right]
        holds = [engine.proven(model, x, y, targets=targets, question=question, eps=one) for one in eps]
        held = torch.stack(holds, dim=1)
        found = engine.radii(model, x, y, targets=targets, question=question, max_eps=max_eps)
        found = torch.maximum(found, (held * radii).amax(dim=1))
        radius[right], proven[right] = found, held | ((found > 0)[:, None] & (found[:, None] >= radii))
    return Findings(batch.predicted, radius, proven, right)


def by_smoothing(model: nn.Module, batch: Batch, *, eps: Sequence[float], settings: SmoothingSettings) -> Findings:
    """Certify the smoothed classifier. Its claim is for changes smaller than the radius, not for those as large."""
    predicted, found = smoothed_certificate(model, batch.x, settings)
    radius = torch.where(predicted == batch.y, found, 0)
    proven = radius[:, None] > torch.tensor(eps, dtype=torch.float64, device=radius.device)
    return Findings(predicted, radius, proven, torch.ones_like(batch.right))
