"""Fast adversarial training, against its three lines."""

import torch
import torch.nn.functional as F
from plain_losses import assert_close, batch, gradients, moment, quiet_network

from dsrna.threat import Eps, random_start
from dsrna.training import FastSettings, TrainingSettings, fast
from dsrna.training.randomness import drawn

SETTINGS = TrainingSettings("fast", eps=Eps(0.1), fast=FastSettings(step=1.5))


def test_loss_and_gradient_are_those_of_one_long_step() -> None:
    """If this fails, the step is of another length, from another point, or not cut to the ball."""
    x, y = batch()
    model, plain = quiet_network(), quiet_network()
    loss, logits = fast(model, x, y, SETTINGS, moment())
    start = random_start(x, SETTINGS.threat, drawn(moment().generator)).requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(plain.eval()(start), y), start)
    moved = (start.detach() + 0.15 * gradient.sign()).clamp(x - 0.1, x + 0.1).clamp(0, 1)
    expected = plain.train()(moved)
    assert_close([loss, logits], [F.cross_entropy(expected, y), expected])
    assert_close(gradients(loss, model), gradients(F.cross_entropy(expected, y), plain))
