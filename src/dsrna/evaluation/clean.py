"""What a model says of the images as they are."""

from dataclasses import dataclass, field
from typing import Final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from dsrna.evaluation.counts import Count, counted
from dsrna.evaluation.predictions import logits
from dsrna.runtime.memory import Halves

FIRST: Final = 5
"""ImageNet is judged by the first five classes too (Russakovsky et al. 2015, arXiv 1409.0575, section 4.1)."""


@dataclass
class Clean:
    """The predictions so far, and of more than ``FIRST`` classes whether the right one was among the first.

    ``halves``: how many images memory suffices for.
    """

    halves: Halves = field(default_factory=Halves)
    predicted: list[int] = field(default_factory=list)
    _among: list[bool] = field(default_factory=list)

    def look(
        self, model: nn.Module, x: Float[Tensor, "batch channels height width"], y: Int64[Tensor, "batch"]
    ) -> Bool[Tensor, "batch"]:
        """Note what the model says of the next batch; tell which images it has right."""
        found = torch.cat(self.halves.over(len(x), lambda part: logits(model, x[part])))
        predicted = found.argmax(dim=1)
        right = predicted == y
        self.predicted += predicted.tolist()
        if found.shape[1] > FIRST:
            # Of equal logits the first five need not hold the one that is predicted.
            self._among += (right | (found.topk(FIRST, dim=1).indices == y[:, None]).any(dim=1)).tolist()
        return right

    @property
    def top5(self) -> Count | None:
        return counted(self._among) if self._among else None
