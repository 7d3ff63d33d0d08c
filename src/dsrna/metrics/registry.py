"""What a metric is, and the metrics by name."""

from typing import Final, Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor, nn

from dsrna.registry import Registry
from dsrna.threat import ThreatModel


@runtime_checkable
class Metric(Protocol):
    """Return how robust the model is at each image ``x`` in [0, 1] with label ``y``; larger is more robust.

    Differentiable in weights and architecture parameters, each example's value its own. The model is looked at in
    evaluation mode and handed back as it came.
    """

    def __call__(
        self,
        model: nn.Module,
        x: Float[Tensor, "batch *shape"],
        y: Int[Tensor, "batch"],
        *,
        threat: ThreatModel,
    ) -> Float[Tensor, "batch"]: ...


METRICS: Final[Registry[Metric]] = Registry("metric")

metric = METRICS.register
"""The decorator: ``@metric(name, summary=..., source=...)``."""
