"""Training on the images as they are."""

from collections.abc import Callable
from functools import cache
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.training.registry import Moment, training
from dsrna.training.settings import TrainingSettings


@runtime_checkable
class HasAuxiliary(Protocol):
    """A network that may have a second classifier, for training only."""

    def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor | None]: ...


@training(
    "standard",
    summary="cross-entropy on the images as they are",
    source="auxiliary classifier: Szegedy et al. 2015, arXiv 1409.4842, section 5",
)
def standard(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    settings: TrainingSettings,
    moment: Moment,  # noqa: ARG001  every training takes a moment; this one is the same at all of them
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch classes"]]:
    """Return the mean cross-entropy, label smoothing and auxiliary loss included, and the logits."""
    logits, side = _logits(model, x, settings)
    loss = F.cross_entropy(logits, y, label_smoothing=settings.label_smoothing)
    if side is not None:
        loss = loss + settings.auxiliary * F.cross_entropy(side, y, label_smoothing=settings.label_smoothing)
    return loss, logits


def _logits(model: nn.Module, x: Tensor, settings: TrainingSettings) -> tuple[Tensor, Tensor | None]:
    if settings.auxiliary > 0 and isinstance(model, HasAuxiliary):
        return _compiled()(model, x) if settings.compile else _both(model, x)
    return model(x), None


def _both(model: HasAuxiliary, x: Tensor) -> tuple[Tensor, Tensor | None]:
    return model.forward_with_auxiliary(x)


@cache
def _compiled() -> Callable[[HasAuxiliary, Tensor], tuple[Tensor, Tensor | None]]:
    """Return ``_both``, compiled: a network's own ``compile`` is for calls of the network, not of its methods.

    A function of the network, for a compiled method in its place would be the first network's in every copy of it.
    """
    return torch.compile(_both)
