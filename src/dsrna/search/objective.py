"""The upper-level objective: validation loss minus gamma times the robustness metrics (DSRNA, Eq. 16)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.metrics import METRICS
from dsrna.search.methods import METHODS
from dsrna.search.settings import SearchSettings

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, " batch"]
Scalar = Float[Tensor, ""]


@dataclass(frozen=True)
class UpperLevel:
    """``L(w, alpha) - gamma R(w, alpha)`` on one validation batch.

    L is the cross-entropy with batch norm in training mode, as in DARTS. R is the sum of the method's metrics, each the
    mean over the first ``metric_batch`` images, ``bound_batch`` for a certified one, in eval mode, where alone an
    example's metric is its own.
    """

    settings: SearchSettings

    def __call__(self, model: nn.Module, x: Images, y: Labels) -> tuple[Scalar, Scalar | None]:
        """Return the objective and R; R is None where the method has no metric."""
        with frozen_statistics(model):
            loss = F.cross_entropy(model(x), y)
        robustness = self.robustness(model, x, y)
        return (loss if robustness is None else loss - self.settings.gamma * robustness), robustness

    def robustness(self, model: nn.Module, x: Images, y: Labels) -> Scalar | None:
        """Return R, or None where the method has no metric."""
        names = METHODS[self.settings.method].metrics
        values = [self._mean(name, model, x, y) for name in names]
        return torch.stack(values).sum() if values else None

    def _mean(self, name: str, model: nn.Module, x: Images, y: Labels) -> Scalar:
        few = slice(self.settings.images_for(name))
        threat, options = self.settings.threat(name), self.settings.metric
        return METRICS[name](model, x[few], y[few], threat=threat, options=options).mean()


@contextmanager
def frozen_statistics(model: nn.Module) -> Iterator[None]:
    """Let batch norm use the batch's statistics without adding them to its running ones.

    The running statistics then follow the training half only, and an architecture step leaves no trace in them.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum
