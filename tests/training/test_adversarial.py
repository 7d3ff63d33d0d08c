"""Adversarial training: against plain sign steps, the adversary's ball, the network's mode, and that it works."""

import math
from copy import deepcopy
from dataclasses import replace
from functools import cache

import pytest
import torch
import torch.nn.functional as F
from plain_losses import assert_close, batch, gradients, moment, quiet_network
from torch import Tensor
from training_cases import Network, digits, learn

from dsrna.runtime.modes import evaluating
from dsrna.threat import Eps, Norm, ThreatModel, ascend, cross_entropy, inside, random_start
from dsrna.training import TrainingSettings, pgd
from dsrna.training.adversarial import adversary
from dsrna.training.randomness import drawn

STRONG = Eps(24 / 255)
SETTINGS = TrainingSettings("pgd", eps=Eps(0.1), steps=5, label_smoothing=0.1)


def sign_steps(model: Network, x: Tensor, y: Tensor, length: float) -> Tensor:
    """Up the plain loss, clamped to ball and box, from a random point of the ball."""
    model.eval()
    moved = random_start(x, SETTINGS.threat, drawn(moment().generator))
    for _ in range(SETTINGS.steps):
        leaf = moved.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(F.cross_entropy(model(leaf), y), leaf)
        moved = (moved + length * gradient.sign()).clamp(x - 0.1, x + 0.1).clamp(0, 1)
    model.train()
    return moved


@pytest.mark.parametrize(("step_size", "length"), [(None, 0.05), (Eps(0.03), 0.03)])
def test_loss_and_gradient_are_those_of_sign_steps(step_size: Eps | None, length: float) -> None:
    """If this fails, PGD training climbs by other steps, from other points or up another loss than published."""
    x, y = batch()
    model, plain = quiet_network(), quiet_network()
    loss, logits = pgd(model, x, y, replace(SETTINGS, step_size=step_size), moment())
    expected = plain(sign_steps(plain, x, y, length))
    smoothed = F.cross_entropy(expected, y, label_smoothing=0.1)
    assert_close([loss, logits], [smoothed, expected])
    assert_close(gradients(loss, model), gradients(smoothed, plain))


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
