"""The upper level: validation loss minus the weighted robustness metrics (DSRNA, Eq. 16), and its gradient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.metrics import METRICS
from dsrna.runtime.modes import frozen_statistics
from dsrna.runtime.processes import ALONE, Processes
from dsrna.search.balance import Balance, cosine, flat, without
from dsrna.search.gradients import gradient
from dsrna.search.history import ArchitectureStep
from dsrna.search.lipschitz import Constraint
from dsrna.search.loss import mixed_loss
from dsrna.search.methods import METHODS, Method
from dsrna.search.settings import SearchSettings
from dsrna.search.watch import NotFiniteError, finite
from dsrna.spaces import Searchable

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, " batch"]
Scalar = Float[Tensor, ""]

MOST_SETBACKS: Final = 3


@dataclass
class UpperLevel:
    """``L(w, alpha) - weight R(w, alpha)`` on validation batches.

    L is the cross-entropy with batch norm in training mode, as in DARTS. R is the sum of the method's metrics, each the
    mean over the first ``metric_batch`` images of the batch of all processes, ``bound_batch`` for a certified one, in
    eval mode, where alone an example's metric is its own. A method that certifies mixes L with its bound over the ball.
    The weight is gamma, or that of ``Balance``; a tenth of it after each setback.
    """

    settings: SearchSettings
    goal: str = "standard"
    processes: Processes = ALONE
    balance: Balance = field(init=False)
    constraint: Constraint = field(init=False)
    steps: list[ArchitectureStep] = field(default_factory=list)
    setbacks: int = 0

    def __post_init__(self) -> None:
        self.balance = Balance(self.settings.balance)
        self.constraint = Constraint(self.settings.lipschitz)

    @property
    def method(self) -> Method:
        return METHODS[self.settings.method].under(self.goal)

    def gradients(
        self,
        model: Searchable,
        images: tuple[Images, Labels],
        architecture: Sequence[Tensor],
        weights: Sequence[Tensor] = (),
        *,
        probe: bool = False,
        share: float = 1.0,
    ) -> list[Tensor]:
        """Return the gradients in ``architecture``, then in ``weights``, and note what there is to know of the step.

        The angle between R's gradient and the direction in which the logits grow takes a backward pass of its own: it
        is measured on a ``probe``, and where that direction is left out. ``share`` of the epochs is over.
        """
        parameters, count = [*architecture, *weights], len(architecture)
        loss, logits = self.loss(model, *images, share)
        excess = self.constraint.excess(model) if self.method.draws else None
        lagrangian = loss if excess is None else loss + self.constraint.penalty(excess)
        probe = bool(self.method.metrics) and (probe or self.method.balanced)
        of_loss = gradient(lagrangian, parameters, self.processes, keep=probe)
        scale = gradient(self._scale(logits).log(), architecture, self.processes) if probe else None
        if not self.method.metrics:
            self.steps.append(self._plain_step(loss, of_loss[:count], excess))
            return of_loss
        robustness, of_metric = self._differentiated(self.robustness(model, *images), parameters)
        along = None if scale is None else cosine(flat(of_metric[:count]), flat(scale))
        if self.method.balanced and scale is not None:
            of_metric[:count] = self._freed(model, of_metric[:count], scale)
        left, right = flat(of_loss[:count]), flat(of_metric[:count])
        weight = self.balance.observe(left, right) if self.method.balanced else self.settings.gamma
        weight *= 0.1**self.setbacks
        self.steps.append(
            ArchitectureStep(
                loss=loss.item(),
                loss_gradient=float(left.norm()),
                robustness=robustness,
                weight=weight,
                metric_gradient=float(right.norm()),
                cosine=cosine(left, right),
                scale_cosine=along,
            )
        )
        return [minus - weight * plus for minus, plus in zip(of_loss, of_metric, strict=True)]

    def _freed(self, model: Searchable, of_metric: Sequence[Tensor], scale: Sequence[Tensor]) -> list[Tensor]:
        kept = model.apart_from_none(of_metric)
        return without(kept, model.apart_from_none(scale)) if self.settings.balance.project else kept

    def _plain_step(self, loss: Scalar, gradients: Sequence[Tensor], excess: Scalar | None) -> ArchitectureStep:
        step = ArchitectureStep(loss.item(), float(flat(gradients).norm()))
        if excess is None:
            return step
        return replace(step, excess=excess.item(), multiplier=self.constraint.multiplier)

    def weakened(self, error: NotFiniteError) -> str:
        """Let R count for a tenth from now on and say so; raise the error without a metric, or the fourth time."""
        if not self.method.metrics:
            raise error
        what, _, advice = error.args[0].partition("; ")
        if self.setbacks == MOST_SETBACKS:
            raise NotFiniteError(f"{what}, after {MOST_SETBACKS} setbacks, however little the metric counts; {advice}")
        self.setbacks += 1
        return f"{what}; the epoch begins again, the metric counts for a tenth of what it did"

    def loss(
        self, model: nn.Module, x: Images, y: Labels, share: float = 1.0
    ) -> tuple[Scalar, Float[Tensor, "batch classes"]]:
        """Return L and the logits; no statistics are gathered."""
        with frozen_statistics(model):
            loss, logits = self.lower_loss(model, x, y, share)
        finite(loss.item(), "upper-level loss")
        return loss, logits

    def lower_loss(
        self, model: nn.Module, x: Images, y: Labels, share: float
    ) -> tuple[Scalar, Float[Tensor, "batch classes"]]:
        """Return the loss over the images of all processes, where so large a share of the epochs is over.

        And the logits of this one's.
        """
        eps = self.settings.certified_eps(share) if self.method.certifies else 0.0
        loss, logits = mixed_loss(model, x, y, self.settings.certified, eps)
        return self.processes.over_all(loss, len(y)), logits

    def robustness(self, model: nn.Module, x: Images, y: Labels) -> Iterator[Scalar]:
        """Yield the terms of R, one a metric; none where the method has no metric."""
        for name in self.method.metrics:
            yield self._mean(name, model, x, y)

    def _scale(self, logits: Float[Tensor, "batch classes"]) -> Scalar:
        return self.processes.over_all(logits.std(dim=1).mean(), len(logits))

    def _mean(self, name: str, model: nn.Module, x: Images, y: Labels) -> Scalar:
        few = slice(self.processes.share(self.settings.images_for(name)))
        threat, options = self.settings.threat(name), self.settings.metric
        if len(y[few]) == 0:
            return self.processes.over_all(x.new_zeros((), requires_grad=True), 0)
        mean = METRICS[name](model, x[few], y[few], threat=threat, options=options).mean()
        return self.processes.over_all(mean, len(y[few]))

    def _differentiated(self, terms: Iterator[Scalar], parameters: Sequence[Tensor]) -> tuple[float, list[Tensor]]:
        """Return the sum of the terms and its gradient; each term's graph is gone before the next one is made."""
        total, gradients = 0.0, [torch.zeros_like(parameter) for parameter in parameters]
        for term in terms:
            total += finite(term.item(), "robustness metric")
            found = gradient(term, parameters, self.processes)
            gradients = [before + part for before, part in zip(gradients, found, strict=True)]
        return total, gradients
