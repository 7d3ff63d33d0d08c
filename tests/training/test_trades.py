"""TRADES, against the formula written out image by image."""

import math
from dataclasses import replace

import pytest
import torch
from plain_losses import assert_close, batch, gradients, moment, quiet_network
from torch import Tensor
from training_cases import Network

from dsrna.threat import Eps, inside, near_start
from dsrna.training import TradesSettings, TrainingSettings, trades
from dsrna.training.randomness import drawn

SETTINGS = TrainingSettings("trades", eps=Eps(0.1), steps=3, label_smoothing=0.1, trades=TradesSettings(beta=2.5))


def plain_divergence(clean: Tensor, moved: Tensor) -> Tensor:
    """KL(p || q) from its definition, one number for each image."""
    return torch.stack(
        [
            sum((a * (a / b).log() for a, b in zip(p, q, strict=True)), torch.zeros(()))
            for p, q in zip(clean.softmax(1), moved.softmax(1), strict=True)
        ]
    )


def plain_adversary(model: Network, x: Tensor) -> Tensor:
    """Sign steps up the divergence, clamped to ball and box."""
    model.eval()
    clean = model(x).detach()
    moved = near_start(x, SETTINGS.threat, drawn(moment().generator), deviation=0.001)
    for _ in range(SETTINGS.steps):
        leaf = moved.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(plain_divergence(clean, model(leaf)).sum(), leaf)
        moved = (moved + SETTINGS.step * gradient.sign()).clamp(x - 0.1, x + 0.1).clamp(0, 1)
    model.train()
    return moved


def test_loss_and_gradient_are_those_of_the_formula() -> None:
    """If this fails, what is called TRADES balances accuracy and robustness by another rule."""
    x, y = batch()
    model, plain = quiet_network(), quiet_network()
    loss, logits = trades(model, x, y, SETTINGS, moment())
    moved = plain_adversary(plain, x)
    clean, adversarial = plain(x), plain(moved)
    targets = torch.full((len(y), 10), 0.01, dtype=x.dtype).scatter(1, y[:, None], 0.91)
    expected = -(targets * clean.log_softmax(1)).sum(1).mean() + 2.5 * plain_divergence(clean, adversarial).mean()
    assert_close([loss, logits], [expected, adversarial])
    assert_close(gradients(loss, model), gradients(expected, plain))


def test_the_adversary_raises_the_divergence() -> None:
    """If this fails, the second term is that of noise, as it is where the ascent starts at the image."""
    x, y = batch()
    model = quiet_network()
    near, far = (
        trades(model, x, y, replace(SETTINGS, steps=steps, step_size=size), moment())[0]
        for steps, size in ((1, Eps(1e-9)), (3, None))
    )
    assert far > near + 0.01


@pytest.mark.parametrize("norm", [math.inf, 2.0, 1.0])
def test_the_start_is_near_inside_and_not_the_image(norm: float) -> None:
    """If this fails, the ascent starts where its gradient is zero, or outside the threat model."""
    x, _ = batch()
    threat = replace(SETTINGS.threat, norm=norm, eps=0.01)
    start = near_start(x, threat, 1, deviation=0.001)
    assert inside(start, x, threat).all()
    assert 0 < (start - x).abs().max() < 0.006
    assert torch.equal(near_start(x[5:6], threat, 1, deviation=0.001), start[5:6])
