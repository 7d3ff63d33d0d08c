"""What a metric must do for a search to maximise it."""

from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from dsrna.metrics import Metric, MetricOptions
from dsrna.registry import Record
from dsrna.runtime.modes import evaluating
from dsrna.threat import ThreatModel

THREATS = tuple(ThreatModel(eps=0.01, norm=norm) for norm in (float("inf"), 2.0, 1.0))


COARSE = MetricOptions(steps=8)
FINE = MetricOptions(steps=36)
"""Bisections enough for comparisons, and enough for finite differences to see the slope of a radius."""

MOVE = 1e-5
"""Of the architecture parameters, for a finite difference."""


class SmallSupernet(nn.Module):
    """One mixed operation with batch norm between a convolution and a classifier, and its architecture parameters."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(3))
        self.stem = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
        self.operations = nn.ModuleList([nn.Conv2d(3, 3, 3, padding=1), nn.AvgPool2d(3, 1, 1), nn.Identity()])
        self.norm = nn.BatchNorm2d(3)
        self.classifier = nn.Linear(3 * 5 * 5, 4)
        self._draw(generator)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        mixed = sum(w * operation(x) for w, operation in zip(self.alpha.softmax(0), self.operations, strict=True))
        logits: Tensor = self.classifier(self.norm(mixed).relu().flatten(1))
        return logits

    @torch.no_grad()
    def _draw(self, generator: torch.Generator) -> None:
        for parameter in self.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
        for norm in (self.stem[1], self.norm):
            assert isinstance(norm, nn.BatchNorm2d)
            norm.running_mean.copy_(torch.randn(3, generator=generator))  # type: ignore[union-attr]
            norm.running_var.copy_(0.5 + torch.rand(3, generator=generator))  # type: ignore[union-attr]
        with evaluating(self):  # a grey image is a tie, so that images have borders between classes near them
            self.classifier.bias.sub_(self(torch.full((1, 1, 5, 5), 0.5))[0])


@dataclass(frozen=True)
class Trial:
    """A metric and what it is called with."""

    metric: Metric
    model: SmallSupernet
    x: Tensor
    y: Tensor
    threat: ThreatModel
    options: MetricOptions = COARSE

    def values(self) -> Tensor:
        return self.metric(self.model, self.x, self.y, threat=self.threat, options=self.options)


def check_metric(record: Record[Metric], *, generator: torch.Generator) -> None:
    """Raise ``AssertionError`` where a metric breaks a promise of ``Metric``, under every norm."""
    assert record.summary, "a metric says what it is"
    assert record.source, "a metric says where it is from"
    model = SmallSupernet(generator).double()
    x = torch.rand(5, 1, 5, 5, dtype=torch.float64, generator=generator)
    y = torch.randint(4, (5,), generator=generator)
    with evaluating(model), torch.no_grad():
        y[:3] = model(x[:3]).argmax(dim=1)  # of images that are classified wrongly some metrics say nothing
    for threat in THREATS:
        trial = Trial(record.value, model, x, y, threat)
        _check_values(trial)
        _check_gradient(replace(trial, options=FINE))
        _check_modes(trial)


def _check_values(trial: Trial) -> None:
    values = trial.values()
    assert values.shape == (len(trial.x),), "one value an example"
    assert values.isfinite().all(), "values must be finite"
    for one in (slice(0, 1), slice(len(values) - 1, len(values))):
        alone = replace(trial, x=trial.x[one], y=trial.y[one]).values()
        torch.testing.assert_close(values[one], alone, msg="a value must not depend on the rest of the batch")
    wider = replace(trial, threat=ThreatModel(2 * trial.threat.eps, trial.threat.norm))
    assert (wider.values() <= values).all(), "a larger threat must not look safer"


def _check_gradient(trial: Trial) -> None:
    """Compare the gradient on the architecture parameters with a central difference along a direction."""
    direction = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    (gradient,) = torch.autograd.grad(trial.values().mean(), trial.model.alpha)
    assert all(parameter.grad is None for parameter in trial.model.parameters()), "gradients must not accumulate"
    assert gradient.abs().max() > 0, "a metric must depend on the architecture parameters"
    difference = _mean_after(trial, MOVE * direction) - _mean_after(trial, -MOVE * direction)
    torch.testing.assert_close(gradient @ direction, difference / (2 * MOVE), rtol=1e-4, atol=1e-8)


@torch.no_grad()
def _mean_after(trial: Trial, change: Tensor) -> Tensor:
    """The mean value with the architecture parameters moved by ``change``."""
    moved = deepcopy(trial.model)
    moved.alpha.add_(change)
    return replace(trial, model=moved).values().mean()


def _check_modes(trial: Trial) -> None:
    model = trial.model
    expected, before = trial.values(), {name: buffer.clone() for name, buffer in model.named_buffers()}
    model.train()
    model.norm.eval()
    torch.testing.assert_close(trial.values(), expected, msg="evaluation mode is meant")
    assert [model.training, model.stem.training, model.norm.training] == [True, True, False], "modes are handed back"
    assert all(before[name].equal(buffer) for name, buffer in model.named_buffers()), "statistics stay as they were"
