"""The loss that both levels of a search look at: the cross-entropy, or beside it a bound of it over a ball."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.bounds import METHODS, NOT_DIFFERENTIABLE, held, margin_bound, observing, worst_cross_entropy
from dsrna.errors import UserError
from dsrna.threat import Eps, Norm, ThreatModel


@dataclass(frozen=True)
class CertifiedLossSettings:
    """The loss of a supernet that is trained for certificates (Gowal et al. 2018, arXiv 1810.12715, Eq. 12).

    ``weight``: share of the loss that is the bound's, over the ball of ``eps`` (pixel units) in ``norm``; the rest is
    the clean cross-entropy. ``bound``: a method of ``dsrna.bounds``. It sees the first ``images`` of a batch. eps rises
    from 0 over the warm-up.
    """

    eps: Eps = Eps(2 / 255)
    norm: Norm = Norm(math.inf)
    weight: float = 0.5
    bound: str = "interval"
    images: int = 64

    def __post_init__(self) -> None:
        ThreatModel(self.eps, self.norm)
        METHODS.record(self.bound)
        if self.bound in NOT_DIFFERENTIABLE:
            raise UserError(
                f"search.certified.bound {self.bound!r} has no gradient; take another of `dsrna list bounds`"
            )
        if not 0 < self.weight <= 1 or self.images < 1:
            raise UserError(
                f"search.certified.weight ({self.weight:g}) must be a share, above 0 and up to 1, "
                f"search.certified.images ({self.images}) at least 1"
            )

    def reached(self, share: float, warmup: float) -> float:
        """Return the eps where ``share`` of the epochs is over, of which the warm-up takes ``warmup``."""
        return self.eps * min(1.0, share / warmup) if warmup > 0 else self.eps


def mixed_loss(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, " batch"],
    settings: CertifiedLossSettings,
    eps: float,
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch classes"]]:
    """Return the mean loss at ``eps`` and the logits; the cross-entropy alone where eps is 0.

    The model is in training mode. Its bound is that of the network in evaluation mode, held at this batch's statistics.
    """
    if not eps:
        logits = model(x)
        return F.cross_entropy(logits, y), logits
    with observing(model) as statistics:
        logits = model(x)
    few = slice(settings.images)
    margins = margin_bound(
        model, x[few], y[few], eps, norm=settings.norm, method=settings.bound, tensors=held(model, statistics)
    )
    return torch.lerp(F.cross_entropy(logits, y), worst_cross_entropy(margins).mean(), settings.weight), logits
