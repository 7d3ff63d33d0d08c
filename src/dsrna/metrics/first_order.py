"""What the gradient at an image says of the images around it."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.metrics.around import around
from dsrna.metrics.registry import DEFAULT, MetricOptions, metric
from dsrna.threat import ThreatModel, dual


@metric(
    "jacobian",
    summary="minus eps times the mean dual norm of the rows of the input-output Jacobian",
    source="Hosseini et al. 2021 (DSRNA-Jacobian)",
)
def jacobian(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],  # noqa: ARG001 - a metric takes labels; all rows count alike here
    *,
    threat: ThreatModel,
    options: MetricOptions = DEFAULT,  # noqa: ARG001 - there is no margin in it
) -> Float[Tensor, "batch"]:
    """Return ``-eps * mean_k ||J_k(x)||_q`` with ``1/norm + 1/q = 1``, exact over all K logits."""
    rows = jacobian_rows(model, x).flatten(2)
    lengths: Tensor = torch.linalg.vector_norm(rows, ord=dual(threat.norm), dim=2)
    return -threat.eps * lengths.mean(dim=0)


@metric(
    "margin-jacobian",
    summary="margin over the dual norm of its gradient: the radius to first order",
    source="Hein and Andriushchenko 2017, arXiv 1705.08475, section 2; Elsayed et al. 2018, arXiv 1803.05598, Eq. 7",
)
def margin_jacobian(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    *,
    threat: ThreatModel,
    options: MetricOptions = DEFAULT,
) -> Float[Tensor, "batch"]:
    """Return ``min_t (f_y - f_t) / ||grad (f_y - f_t)||_q``, pixel units; t all other classes, or the runner-up.

    Negative for a misclassified image. It does not depend on eps, nor on the scale of the logits.
    """
    near = around(model, x)
    logits, label = near.outputs, y[:, None]
    classes = logits.shape[1]
    others = torch.arange(classes - 1, device=y.device)
    others = others + (others >= label)
    margins = logits.gather(1, label) - logits.gather(1, others)
    if options.targets == "runner-up":
        nearest = margins.argmin(dim=1, keepdim=True)
        margins, others = margins.gather(1, nearest), others.gather(1, nearest)
    rows = (F.one_hot(label, classes) - F.one_hot(others, classes)).to(x.dtype)
    lengths: Tensor = torch.linalg.vector_norm(
        near.gradients(rows.transpose(0, 1)).flatten(2), ord=dual(threat.norm), dim=2
    )
    return (margins / lengths.T.clamp(min=torch.finfo(x.dtype).tiny)).amin(dim=1)


def jacobian_rows(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> Float[Tensor, "classes batch *shape"]:
    """Return ``J_k(x)`` for every logit k, all by one forward pass and one backward pass; differentiable once more."""
    near = around(model, x)
    identity = torch.eye(near.classes, dtype=x.dtype, device=x.device)
    return near.gradients(identity[:, None].expand(-1, len(x), -1))
