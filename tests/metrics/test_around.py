"""A model around its images: the same by its tape and by torch."""

import pytest
import torch
from torch import Tensor, nn

from dsrna.bounds import linearised
from dsrna.metrics import METRICS
from dsrna.metrics.around import Copies, around
from dsrna.threat import Norm, ThreatModel


class Untraceable(nn.Module):
    """What a tape cannot record: it looks at its values."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.inner(x)
        return logits * (1.0 if bool(logits.isfinite().all()) else 0.0)


def problem() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Tanh(), nn.Flatten(), nn.Linear(12, 4)]
    return nn.Sequential(*layers).double(), torch.rand(5, 1, 4, 4, dtype=torch.float64)


def test_a_model_that_cannot_be_traced_is_differentiated_by_torch() -> None:
    """If this fails, a network of one's own has no metric, or every network takes the dearer way."""
    model, x = problem()
    assert isinstance(around(Untraceable(model), x), Copies)
    assert not isinstance(around(model, x), Copies)


def test_both_ways_come_to_the_same() -> None:
    """If this fails, a metric depends on whether a network can be traced."""
    model, x = problem()
    rows = torch.rand(3, 5, 4, dtype=torch.float64)
    copies, tape = Copies(model, x), linearised(model, x)
    torch.testing.assert_close(copies.outputs, tape.outputs)
    torch.testing.assert_close(copies.gradients(rows), tape.gradients(rows))
    assert model.training
    assert not x.requires_grad


@pytest.mark.parametrize("name", ["jacobian", "margin-jacobian"])
def test_both_have_the_same_gradient_in_the_weights(name: str) -> None:
    """If this fails, a search over networks that cannot be traced goes another way, or nowhere."""
    model, x = problem()
    y, threat = torch.tensor([0, 1, 2, 3, 0]), ThreatModel(0.1, Norm(2.0))
    weight = model.get_parameter("0.weight")
    found = [
        torch.autograd.grad(METRICS[name](each, x, y, threat=threat).sum(), weight)[0]
        for each in (model, Untraceable(model))
    ]
    torch.testing.assert_close(found[0], found[1])


def test_without_gradients_none_are_kept() -> None:
    """If this fails, a metric that is only looked at takes the memory of a graph."""
    model, x = problem()
    with torch.no_grad():
        assert not Copies(model, x).gradients(torch.ones(1, 5, 4, dtype=torch.float64)).requires_grad
