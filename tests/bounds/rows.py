"""What is bounded in a soundness test: every output from both sides, and every margin of a label."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dsrna.bounds import margin_bound, output_bounds
from dsrna.threat import ThreatModel


@dataclass(frozen=True)
class Rows:
    """``(batch, rows, classes)``: each logit, each negated, and label minus other for each other in rising order."""

    matrix: Tensor
    labels: Tensor

    @classmethod
    def of(cls, labels: Tensor, classes: int) -> "Rows":
        one = torch.eye(classes, dtype=torch.float64)
        both = torch.cat([one, -one]).expand(len(labels), -1, -1)
        margins = torch.stack([(one[y] - one)[torch.arange(classes) != y] for y in labels.tolist()])
        return cls(torch.cat([both, margins], dim=1), labels)

    @torch.no_grad()
    def bounds(self, model: nn.Module, x: Tensor, threat: ThreatModel, method: str) -> Tensor:
        """The lower bounds of all rows, by the public functions."""
        lower, upper = output_bounds(model, x, threat.eps, norm=threat.norm, method=method)
        margins = margin_bound(model, x, self.labels, threat.eps, norm=threat.norm, method=method)
        return torch.cat([lower, -upper, margins], dim=1)
