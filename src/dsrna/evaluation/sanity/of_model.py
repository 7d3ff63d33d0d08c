"""Checks that the model can be attacked by its gradients at all."""

from typing import Final

import torch
from torch import Tensor, nn

from dsrna.evaluation.results import Check
from dsrna.evaluation.sanity.case import Case, told
from dsrna.threat import cross_entropy

BLIND: Final = 0.1
"""So large a share of images without a gradient is too many."""
REPEATED: Final = 1e-4
"""Logits of the same batch agree to this share of the largest, in whatever order a device adds."""
ALONE: Final = 1e-2
"""The same for an image alone and in its batch, which a device may convolve in another way and precision."""


def evaluation_mode(case: Case) -> Check:
    stubborn = [name or "the whole" for name, module in case.model.named_modules() if module.training]
    return told(
        "evaluation mode",
        passed=not stubborn,
        seen=f"{len(stubborn)} parts of the model stay in training mode",
        doubt=f"what {', '.join(stubborn[:1])} computes is not what will be used",
    )


def deterministic(case: Case) -> Check:
    off = _difference(_logits(case.model, case.x), _logits(case.model, case.x))
    return told(
        "deterministic",
        passed=off <= REPEATED,
        seen=f"Logits of the same images differ by {off:.1g} of the largest between two passes",
        doubt="the model draws random numbers, which an attacker can average away",
    )


def image_by_image(case: Case) -> Check:
    alone = torch.cat([_logits(case.model, one[None]) for one in case.x])
    off = _difference(_logits(case.model, case.x), alone)
    return told(
        "image by image",
        passed=off <= ALONE,
        seen=f"Logits of an image alone and in its batch differ by {off:.1g} of the largest",
        doubt="statistics of the batch are at work, as in training mode",
    )


def gradients(case: Case) -> Check:
    """Attacks that follow the gradient stay where they are without one (Athalye et al. 2018, section 3.1)."""
    leaf = case.x.detach().requires_grad_()
    with torch.enable_grad():
        # The zero ties the leaf to the sum: a network that ignores its input has gradient zero, not an error.
        total = cross_entropy(case.model, case.y)(leaf).sum() + 0 * leaf.sum()
        gradient = torch.autograd.grad(total, leaf)[0].flatten(1)
    blind = int(((gradient == 0).all(dim=1) | ~gradient.isfinite().all(dim=1)).sum())
    return told(
        "gradients",
        passed=blind <= BLIND * case.images,
        seen=f"The loss has no gradient, or none that is finite, at {blind} of {case.images} images",
        doubt="attacks that follow it are blind there",
    )


@torch.no_grad()
def _logits(model: nn.Module, x: Tensor) -> Tensor:
    logits: Tensor = model(x)
    return logits


def _difference(first: Tensor, second: Tensor) -> float:
    """The largest difference as a share of the largest logit."""
    largest = float(torch.maximum(first.abs(), second.abs()).max())
    return float((first - second).abs().max()) / largest if largest else 0.0
