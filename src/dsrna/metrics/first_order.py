"""What the gradient at an image says of the images around it."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from dsrna.metrics.registry import DEFAULT, MetricOptions, metric
from dsrna.runtime.modes import evaluating
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
    return -threat.eps * lengths.mean(dim=1)


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
    rows, logits = jacobian_rows(model, x), clean_logits(model, x)
    label = y[:, None]
    others = torch.arange(logits.shape[1] - 1, device=y.device)
    others = others + (others >= label)
    margins = logits.gather(1, label) - logits.gather(1, others)
    each = torch.arange(len(y), device=y.device)[:, None]
    slopes = (rows[each, label] - rows[each, others]).flatten(2)
    lengths: Tensor = torch.linalg.vector_norm(slopes, ord=dual(threat.norm), dim=2)
    radii = margins / lengths.clamp(min=torch.finfo(x.dtype).tiny)
    if options.targets == "all":
        return radii.amin(dim=1)
    return radii.gather(1, margins.argmin(dim=1, keepdim=True))[:, 0]


def jacobian_rows(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes *shape"]:
    """Return ``J_k(x)`` for every logit k by one forward and one backward pass over K copies of the batch.

    In evaluation mode no example influences another, so copy k of an example, of which only logit k is summed, has
    row k as its gradient. Differentiable once more where gradients are enabled.
    """
    differentiable = torch.is_grad_enabled()
    with evaluating(model), torch.enable_grad():
        classes = count_classes(model, x)
        copies = x.detach().repeat_interleave(classes, dim=0).requires_grad_()
        selected = model(copies).reshape(len(x), classes, classes).diagonal(dim1=1, dim2=2).sum()
        (gradient,) = torch.autograd.grad(selected, copies, create_graph=differentiable)
    return gradient.reshape(len(x), classes, *x.shape[1:])


def clean_logits(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
    with evaluating(model):
        logits: Tensor = model(x)
    return logits


@torch.no_grad()
def count_classes(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> int:
    classes: int = model(x[:1]).shape[1]
    return classes
