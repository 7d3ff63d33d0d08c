"""What can be proven of an image: its margin at a radius, and its radius."""

from typing import Final

from jaxtyping import Float, Int
from torch import Tensor, nn

from dsrna.bounds import Targets, certified_radius, margin_bound
from dsrna.metrics.registry import DEFAULT, MetricOptions, metric
from dsrna.threat import ThreatModel

LARGEST: Final = 1.0
"""The largest radius that is sought, in pixel units."""

SMALLEST: Final = 2.0**-24
"""What stands for a radius of 0, of which there is no logarithm: the smallest radius that is told from 0."""


@metric(
    "certified-margin",
    summary="lower bound of the margin over the ball; in logits",
    source="Hosseini et al. 2021 (DSRNA-CB), with the bounds of Zhang et al. 2020 (CROWN-IBP)",
)
def certified_margin(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    *,
    threat: ThreatModel,
    options: MetricOptions = DEFAULT,
) -> Float[Tensor, "batch"]:
    """Return ``min_t`` of a lower bound of ``f_y - f_t`` over the ball; over all t, positive means certain."""
    bounds = margin_bound(model, x, y, threat.eps, norm=threat.norm, method=options.bound, targets=_targets(options))
    return bounds.amin(dim=1)


@metric(
    "certified-radius",
    summary="logarithm of the certified radius: free of the logits' scale",
    source="this project; the gradient is that of the implicit function theorem",
)
def certified_log_radius(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    *,
    threat: ThreatModel,
    options: MetricOptions = DEFAULT,
) -> Float[Tensor, "batch"]:
    """Return ``log r``, r the radius in the threat's norm up to 1 within which the margin bound is positive.

    A radius too small to be told from 0, as of every misclassified image, counts as 2^-24 and has no gradient.
    """
    radius = certified_radius(
        model,
        x,
        y,
        norm=threat.norm,
        method=options.bound,
        max_eps=LARGEST,
        steps=options.steps,
        targets=_targets(options),
    )
    return radius.clamp(min=SMALLEST).log().to(x.dtype)


def _targets(options: MetricOptions) -> Targets:
    return "runner-up" if options.targets == "runner-up" else "all"
