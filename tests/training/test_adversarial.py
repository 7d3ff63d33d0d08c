"""Adversarial training: the adversary's ball, the network's mode, and that it works."""

import math
from copy import deepcopy
from functools import cache

import pytest
import torch
from torch import Tensor
from training_cases import Network, digits, learn

from dsrna.runtime.modes import evaluating
from dsrna.threat import Eps, Norm, ThreatModel, ascend, cross_entropy, inside
from dsrna.training import TrainingSettings
from dsrna.training.adversarial import adversary

STRONG = Eps(24 / 255)


def robust(model: Network) -> float:
    """PGD accuracy on the test images, without the code under test."""
    x, y, threat = digits().test.read(torch.arange(len(digits().test))), digits().test.labels, ThreatModel(STRONG)
    with evaluating(model), torch.no_grad():
        moved = ascend(cross_entropy(model, y), x, threat, steps=20, step_size=STRONG / 8, start=x)
        return int((model(moved).argmax(dim=1) == y).sum()) / len(y)


@cache
def trained(method: str, epochs: int = 15) -> float:
    model = Network()
    learn(model, TrainingSettings(method, epochs=epochs, batch_size=32, learning_rate=0.05, eps=STRONG, steps=4))
    return robust(model)


@pytest.mark.parametrize(("method", "epochs"), [("pgd", 15), ("trades", 15), ("fast", 15), ("free", 8)])
def test_it_makes_a_network_robust(method: str, epochs: int) -> None:
    """Else a training against attacks does not help against attacks."""
    assert trained(method, epochs) > trained("standard") + 0.1


@pytest.mark.parametrize("norm", [math.inf, 2.0, 1.0])
def test_the_adversary_stays_in_its_ball_and_raises_the_loss(norm: float) -> None:
    """Else the network is trained on images of another threat model, or on easy ones."""
    model, x, y = Network(), digits().train.read(torch.arange(30)), digits().train.labels[:30]
    settings = TrainingSettings("pgd", eps=Eps(0.3), norm=Norm(norm))
    moved = adversary(model, x, y, settings, seed=0)
    loss = cross_entropy(model.eval(), y)
    assert inside(moved, x, settings.threat).all()
    assert loss(moved).mean() > loss(x).mean()


def test_the_ascent_sees_the_network_in_eval_mode_and_leaves_no_trace() -> None:
    """Else running statistics take in images that were never trained on, and an image's gradient depends on others."""
    modes: list[bool] = []

    class Watching(Network):
        def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor]:
            modes.append(self.training)
            return super().forward_with_auxiliary(x)

    model = Watching().train()
    before = deepcopy(model.state_dict())
    adversary(model, digits().train.read(torch.arange(4)), torch.arange(4), TrainingSettings("pgd"), seed=0)
    assert modes == [False] * 7
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
