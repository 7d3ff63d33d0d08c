"""The first-order bound on the change of the logits."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from dsrna.metrics.registry import metric
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
) -> Float[Tensor, "batch"]:
    """Return ``-eps * mean_k ||J_k(x)||_q`` with ``1/norm + 1/q = 1``, exact over all K logits."""
    rows = jacobian_rows(model, x).flatten(2)
    lengths: Tensor = torch.linalg.vector_norm(rows, ord=dual(threat.norm), dim=2)
    return -threat.eps * lengths.mean(dim=1)


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


@torch.no_grad()
def count_classes(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> int:
    classes: int = model(x[:1]).shape[1]
    return classes
