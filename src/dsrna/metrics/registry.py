"""What a metric is, and the metrics by name."""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor, nn

from dsrna.bounds import METHODS, NOT_DIFFERENTIABLE
from dsrna.errors import UserError
from dsrna.registry import Registry
from dsrna.threat import ThreatModel

TARGETS: Final = ("runner-up", "all")


@dataclass(frozen=True)
class MetricOptions:
    """How a metric that looks at margins does it.

    ``bound``: the bound method of the certified metrics. ``targets``: the margin over the runner-up of the clean
    logits, or the least over all other classes. ``steps``: bisections of a certified radius.
    """

    bound: str = "crown-ibp"
    targets: str = "runner-up"
    steps: int = 12

    def __post_init__(self) -> None:
        METHODS.record(self.bound)
        if self.bound in NOT_DIFFERENTIABLE:
            raise UserError(f"no gradient flows through the bound {self.bound}; a metric needs another")
        if self.targets not in TARGETS:
            raise UserError(f"targets must be one of {', '.join(TARGETS)}, not {self.targets!r}")
        if self.steps < 1:
            raise UserError(f"steps must be at least 1, not {self.steps}")


DEFAULT: Final = MetricOptions()


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
        options: MetricOptions = DEFAULT,
    ) -> Float[Tensor, "batch"]: ...


METRICS: Final[Registry[Metric]] = Registry("metric")

metric = METRICS.register
"""The decorator: ``@metric(name, summary=..., source=...)``."""
