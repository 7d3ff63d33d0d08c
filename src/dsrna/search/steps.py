"""The two steps of the bilevel problem: weights on the training half, architecture on the validation half."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.errors import UserError
from dsrna.search.gradients import LowerStep, Objective, first_order, second_order
from dsrna.search.objective import UpperLevel, frozen_statistics
from dsrna.search.settings import SearchSettings
from dsrna.spaces import Searchable

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, " batch"]


@dataclass(frozen=True)
class Optimizers:
    """SGD for the weights, Adam for the architecture parameters."""

    weights: torch.optim.SGD
    architecture: torch.optim.Adam

    @classmethod
    def make(cls, supernet: Searchable, settings: SearchSettings) -> "Optimizers":
        return cls(
            torch.optim.SGD(
                supernet.weights(),
                lr=settings.learning_rate,
                momentum=settings.momentum,
                weight_decay=settings.weight_decay,
            ),
            torch.optim.Adam(
                supernet.architecture_parameters(),
                lr=settings.architecture_learning_rate,
                betas=(0.5, 0.999),
                weight_decay=settings.architecture_weight_decay,
            ),
        )

    @property
    def learning_rate(self) -> float:
        rate: float = self.weights.param_groups[0]["lr"]
        return rate

    def set_learning_rate(self, rate: float) -> None:
        self.weights.param_groups[0]["lr"] = rate


def weights_step(
    supernet: Searchable, optimizers: Optimizers, settings: SearchSettings, x: Images, y: Labels
) -> tuple[float, int]:
    """Take one SGD step on the training loss; return the loss and the number of images classified right."""
    supernet.train()
    weights = supernet.weights()
    logits = supernet(x)
    loss = F.cross_entropy(logits, y)
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights, materialize_grads=True), strict=True):
        weight.grad = gradient
    torch.nn.utils.clip_grad_norm_(weights, settings.gradient_clip)
    optimizers.weights.step()
    return finite(loss.item(), "training loss"), int((logits.argmax(dim=1) == y).sum())


def architecture_step(
    supernet: Searchable,
    optimizers: Optimizers,
    upper: UpperLevel,
    training: tuple[Images, Labels],
    validation: tuple[Images, Labels],
) -> float | None:
    """Take one Adam step on the upper-level objective; return R of this batch, or None without a metric."""
    supernet.train()
    architecture = supernet.architecture_parameters()
    seen: list[Tensor | None] = []

    def objective() -> Tensor:
        value, robustness = upper(supernet, *validation)
        seen.append(robustness)
        finite(value.item(), "upper-level objective")
        return value

    if upper.settings.order == 1:
        gradients = first_order(objective(), architecture)
    else:
        gradients = _look_ahead(supernet, optimizers, upper.settings, objective, training)
    for parameter, gradient in zip(architecture, gradients, strict=True):
        parameter.grad = gradient
    optimizers.architecture.step()
    return None if seen[0] is None else seen[0].item()


def _look_ahead(
    supernet: Searchable,
    optimizers: Optimizers,
    settings: SearchSettings,
    objective: Objective,
    training: tuple[Images, Labels],
) -> list[Tensor]:
    def lower() -> Tensor:
        with frozen_statistics(supernet):
            return F.cross_entropy(supernet(training[0]), training[1])

    weights = supernet.weights()
    buffers = [optimizers.weights.state[weight].get("momentum_buffer") for weight in weights]
    step = LowerStep(optimizers.learning_rate, settings.momentum, settings.weight_decay, buffers)
    return second_order(objective, lower, supernet.architecture_parameters(), weights, step)


def finite(value: float, name: str) -> float:
    """Return the value, or raise ``UserError`` if it is not a number any more."""
    if not math.isfinite(value):
        raise UserError(f"the {name} became {value}; lower search.learning_rate or search.gamma and run again")
    return value
