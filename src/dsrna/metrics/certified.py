"""The certified lower bound of the margin, at the threat model's radius."""

from jaxtyping import Float, Int
from torch import Tensor, nn

from dsrna.bounds import margin_bound
from dsrna.metrics.registry import metric
from dsrna.threat import ThreatModel


@metric(
    "certified-bound",
    summary="lower bound of the margin over the most dangerous class, by interval bounds",
    source="Hosseini et al. 2021 (DSRNA-CB), with the bounds of Gowal et al. 2018",
)
def certified_bound(
    model: nn.Module, x: Float[Tensor, "batch *shape"], y: Int[Tensor, "batch"], *, threat: ThreatModel
) -> Float[Tensor, "batch"]:
    """Return ``min_t`` of a lower bound of ``f_y - f_t`` over the ball; where it is positive, the class is certain."""
    return margin_bound(model, x, y, threat.eps, norm=threat.norm).amin(dim=1)
