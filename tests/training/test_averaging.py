"""Averaged weights, and the statistics that belong to them."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from training_cases import Network, digits, learn, trained

from dsrna.threat import Eps
from dsrna.training import FreeSettings, TrainingSettings
from dsrna.training.averaging import Average, settling

SETTINGS = TrainingSettings(epochs=2, batch_size=50, learning_rate=0.05, averaging=0.5)


def test_the_average_is_that_of_the_formula() -> None:
    """Else the first weights stay in a short training's average, or the horizon is another."""
    model = nn.Linear(1, 1, bias=False)
    average = Average(model, 0.8)
    expected = model.weight.item()
    for step in range(1, 60):
        with torch.no_grad():
            model.weight.fill_(float(step))
        decay = min(0.8, step / (step + 9))
        expected = decay * expected + (1 - decay) * step
        average.update(model, step)
    assert average.model.get_parameter("weight").item() == pytest.approx(expected, rel=1e-5)


def test_settled_norms_have_the_statistics_of_what_they_saw() -> None:
    """Else averaged weights run with the statistics of others, which costs them their accuracy."""
    norm = nn.BatchNorm1d(3)
    network = nn.Sequential(norm)
    norm.running_mean, norm.momentum = torch.full((3,), 7.0), 0.3
    seen = [torch.randn(40, 3, generator=torch.Generator().manual_seed(seed)) + seed for seed in range(4)]
    with settling(network, deepcopy(network)):
        for x in seen:
            network(x)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert torch.allclose(norm.running_mean, torch.stack([x.mean(0) for x in seen]).mean(0), atol=1e-5)
    assert torch.allclose(norm.running_var, torch.stack([x.var(0) for x in seen]).mean(0), atol=1e-5)
    assert norm.momentum == 0.3


def test_what_is_kept_is_the_average_with_its_own_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the field is there and the network is the ordinary one, or one with statistics of another."""
    steps: list[dict[str, Tensor]] = []
    update = Average.update

    def watched(self: Average, model: nn.Module, step: int) -> None:
        steps.append(deepcopy(model.state_dict()))
        update(self, model, step)

    monkeypatch.setattr(Average, "update", watched)
    model = Network()
    expected = model.classifier.weight.detach().clone()
    learn(model, SETTINGS)
    for step, state in enumerate(steps, start=1):
        decay = min(0.5, step / (step + 9))
        expected = decay * expected + (1 - decay) * state["classifier.weight"]
    assert torch.allclose(model.classifier.weight, expected, atol=1e-6)
    statistics = "features.1.running_mean"
    features = model.features[0](digits().train.read(torch.arange(len(digits().train)))).mean(dim=(0, 2, 3))
    assert torch.allclose(model.state_dict()[statistics], features, atol=0.01)
    assert not torch.allclose(steps[-1][statistics], features, atol=0.01)


def test_an_averaged_network_is_as_good_as_the_other() -> None:
    """Else averaging ruins what it is to improve."""
    settings = TrainingSettings(epochs=10, batch_size=32, learning_rate=0.05, holdout=0.2, averaging=0.95)
    found = trained(Network(), settings)
    assert found.history[-1].validation_accuracy is not None
    assert found.history[-1].validation_accuracy > 0.85


class Watching(Network):
    """Notes which network looks at which images, and with which statistics."""

    def __init__(self, looks: list[tuple[nn.Module, bool, Tensor, Tensor]]) -> None:
        super().__init__()
        self.looks = looks

    def __deepcopy__(self, memo: dict[int, object]) -> "Watching":
        copy = Watching(self.looks)
        copy.load_state_dict(self.state_dict())
        return copy

    def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self.looks.append((self, self.training, x.detach(), self.state_dict()["features.1.running_mean"].clone()))
        return super().forward_with_auxiliary(x)


@pytest.mark.parametrize("method", ["pgd", "trades", "fast"])
def test_the_adversary_meets_averaged_weights_that_have_statistics(method: str) -> None:
    """Else the images that the statistics are taken of are moved by the gradients of a network that is none."""
    looks: list[tuple[nn.Module, bool, Tensor, Tensor]] = []
    model = Watching(looks)
    learn(model, replace(SETTINGS, method=method, steps=2))
    attacked = [mean for network, training, _, mean in looks if network is not model and not training]
    assert attacked
    assert all(mean.abs().max() > 0 for mean in attacked)


def test_the_statistics_of_free_training_are_those_of_moved_images() -> None:
    """Else averaged weights of that training run with the statistics of clean images, which it never saw."""
    looks: list[tuple[nn.Module, bool, Tensor, Tensor]] = []
    model = Watching(looks)
    learn(model, replace(SETTINGS, method="free", eps=Eps(0.1), free=FreeSettings(replays=2)))
    shown = [x for network, training, x, _ in looks if network is not model and training]
    assert len(shown) > 2
    # Pixels of digits are multiples of 1/16, and so far from those only where something has moved them.
    assert all((x - (16 * x).round() / 16).abs().amax(dim=(1, 2, 3)).min() > 0.02 for x in shown)
    assert (shown[1] - shown[0]).abs().max() > 0.02, "a batch is replayed, and its perturbation climbs on"
