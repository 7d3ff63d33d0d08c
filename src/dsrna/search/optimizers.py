"""What the two levels are descended by."""

from dataclasses import dataclass
from typing import Any

import torch

from dsrna.search.settings import SearchSettings
from dsrna.spaces import Searchable


@dataclass(frozen=True)
class Optimizers:
    """SGD for the weights, Adam for the architecture parameters.

    What is drawn decays in the mean alone: of a logarithm, decay would pull the standard deviation towards 1.
    """

    weights: torch.optim.SGD
    architecture: torch.optim.Adam

    @classmethod
    def make(cls, supernet: Searchable, settings: SearchSettings) -> "Optimizers":
        spreads = list(supernet.spreads.values())
        means = [each for each in supernet.architecture_parameters() if id(each) not in set(map(id, spreads))]
        groups: list[dict[str, Any]] = [{"params": means}, {"params": spreads, "weight_decay": 0.0}]
        return cls(
            torch.optim.SGD(
                supernet.weights(),
                lr=settings.learning_rate,
                momentum=settings.momentum,
                weight_decay=settings.weight_decay,
            ),
            torch.optim.Adam(
                groups,
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
