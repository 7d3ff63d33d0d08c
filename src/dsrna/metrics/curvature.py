"""How much the gradient of the loss turns nearby."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from dsrna.metrics.registry import DEFAULT, MetricOptions, metric
from dsrna.runtime.modes import evaluating
from dsrna.threat import ThreatModel


@metric(
    "curvature",
    summary="minus the length of the change of the loss gradient over a step of length eps along its signs",
    source="Mok et al. 2021 (AdvRush), arXiv 2108.01289, section 3.2, by the difference of CURE, arXiv 1811.09716",
)
def curvature(
    model: nn.Module,
    x: Float[Tensor, "batch *shape"],
    y: Int[Tensor, "batch"],
    *,
    threat: ThreatModel,
    options: MetricOptions = DEFAULT,  # noqa: ARG001 - there is no margin in it
) -> Float[Tensor, "batch"]:
    """Return ``-||grad l(x + eps d) - grad l(x)||_2``, ``d`` the signs of ``grad l(x)``, of unit length in the norm.

    The loss l is the cross-entropy. AdvRush's step has the length 1.5 in L2, in pixels that were normalised; CURE
    squares the length of the change, AdvRush's released program does not.
    """
    differentiable = torch.is_grad_enabled()
    with evaluating(model), torch.enable_grad():
        here = loss_gradient(model, x, y, differentiable=differentiable)
        signs = here.detach().sign()
        lengths = torch.linalg.vector_norm(signs.flatten(1), ord=threat.norm, dim=1).clamp(min=1)
        away = x + threat.eps * signs / lengths.reshape(-1, *[1] * (x.dim() - 1))
        change = loss_gradient(model, away, y, differentiable=differentiable) - here
        turned: Tensor = torch.linalg.vector_norm(change.flatten(1), dim=1)
        return -turned


def loss_gradient(model: nn.Module, x: Tensor, y: Tensor, *, differentiable: bool) -> Float[Tensor, "batch *shape"]:
    """Return the gradient of each example's cross-entropy in its image."""
    leaf = x.detach().requires_grad_()
    loss = F.cross_entropy(model(leaf), y, reduction="sum") + 0 * leaf.sum()
    return torch.autograd.grad(loss, leaf, create_graph=differentiable)[0]
