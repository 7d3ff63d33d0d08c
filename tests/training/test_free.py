"""Free adversarial training, against Algorithm 1 step by step."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from plain_losses import assert_close, batch, moment, quiet_network
from torch import Tensor
from training_cases import Network, digits, learn

from dsrna.threat import Eps
from dsrna.training import FreeSettings, TrainingSettings, free

SETTINGS = TrainingSettings("free", eps=Eps(0.1), free=FreeSettings(replays=3))


def test_weights_and_perturbation_move_by_one_gradient() -> None:
    """If this fails, the perturbation is that of another network, or the weights see clean images."""
    x, y = batch()
    model, plain = quiet_network(), quiet_network()
    memory: dict[str, Tensor] = {}
    change = torch.zeros_like(x)
    for _ in range(4):
        loss, _ = free(model, x, y, SETTINGS, moment(memory))
        descended(model, loss)
        moved = (x + change).requires_grad_()
        expected = F.cross_entropy(plain(moved), y)
        (gradient,) = torch.autograd.grad(expected, moved, retain_graph=True)
        change = (x + change + 0.1 * gradient.sign()).clamp(x - 0.1, x + 0.1).clamp(0, 1) - x
        descended(plain, expected)
        assert_close([loss, memory["change"], *model.parameters()], [expected, change, *plain.parameters()])
    assert change.abs().max() > 0.09


def descended(model: Network, loss: Tensor) -> None:
    model.zero_grad()
    torch.autograd.backward(loss)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.sub_(0.1 * parameter.grad)


def test_each_batch_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, the perturbation is always that of other images, and the training is nearly a standard one."""
    seen: list[Tensor] = []

    class Watching(Network):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(x.detach())
            return super().forward(x)

    learn(Watching(), replace(SETTINGS, epochs=1, batch_size=len(digits().train) // 2))
    assert len(seen) == 6
    assert (seen[2] - seen[0]).abs().max() < 0.21
    assert (seen[1] - seen[0]).abs().max() > 0.09
    assert (seen[3] - seen[2]).abs().max() > 0.21
