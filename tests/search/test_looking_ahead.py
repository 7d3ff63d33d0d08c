"""The architecture step of second order looks ahead by the step that the weights' optimizer would take."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call

from dsrna.runtime.modes import evaluating, frozen_statistics
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchSettings
from dsrna.search.steps import Batch, Bilevel, Moment
from dsrna.spaces import SpaceSettings, Supernet

RATE, MOMENTUM, DECAY, GAMMA = 0.2, 0.8, 0.05, 0.1


def make_levels(method: str) -> Bilevel:
    """Levels of one cell in float64, with momentum, at another learning rate than the search began with."""
    with initialising(0):
        supernet = Supernet(SpaceSettings(cells=1, channels=2, nodes=2), classes=3, in_channels=1).double()
    for number, parameter in enumerate(supernet.architecture_parameters()):
        torch.nn.init.normal_(parameter, generator=generator(1, number))
    settings = SearchSettings(
        method, metric_batch=2, gamma=GAMMA, order=2, learning_rate=0.5, momentum=MOMENTUM, weight_decay=DECAY
    )
    levels = Bilevel.make(supernet, settings)
    for seed in range(2):
        levels.weights_step(batch(seed), moment())
    levels.optimizers.set_learning_rate(RATE)
    return levels


def batch(seed: int) -> Batch:
    return torch.rand(6, 1, 4, 4, generator=generator(seed, "batch"), dtype=torch.float64), torch.arange(6) % 3


def moment() -> Moment:
    return Moment(0.5, generator(2))


def stepped(levels: Bilevel, training: Batch) -> dict[str, Tensor]:
    """The weights after the step of SGD as the optimizer has it, as functions of the architecture parameters."""
    weights = {name: weight for name, weight in levels.supernet.named_parameters() if not name.startswith("alpha")}
    loss = F.cross_entropy(levels.supernet(training[0]), training[1])
    slopes = torch.autograd.grad(loss, list(weights.values()), create_graph=True, materialize_grads=True)
    ahead = {}
    for (name, weight), slope in zip(weights.items(), slopes, strict=True):
        buffer = levels.optimizers.weights.state[weight]["momentum_buffer"]
        ahead[name] = weight - RATE * (slope + DECAY * weight + MOMENTUM * buffer)
    return ahead


def jacobian(supernet: Supernet, weights: dict[str, Tensor], x: Tensor) -> Tensor:
    """Minus the mean L1 norm of the rows of each image's Jacobian, the mean over images, in evaluation mode."""
    leaf = x.clone().requires_grad_()
    with evaluating(supernet):
        logits = functional_call(supernet, weights, (leaf,))
    rows = [torch.autograd.grad(logits[:, k].sum(), leaf, create_graph=True)[0].abs().sum() for k in range(3)]
    return -torch.stack(rows).mean() / len(x)


def unrolled(levels: Bilevel, training: Batch, validation: Batch, *, looking: bool = True) -> list[Tensor]:
    """Differentiate the upper level through the step itself; without ``looking`` at the weights as they are."""
    supernet, (x, y) = levels.supernet.train(), validation
    assert isinstance(supernet, Supernet)
    with frozen_statistics(supernet):
        ahead = stepped(levels, training) if looking else {}
        value = F.cross_entropy(functional_call(supernet, ahead, (x,)), y)
    if levels.upper.method.metrics:
        value = value - GAMMA * jacobian(supernet, ahead, x[:2])
    return list(torch.autograd.grad(value, supernet.architecture_parameters(), materialize_grads=True))


@pytest.mark.parametrize("method", ["darts", "dsrna-jacobian"])
def test_the_look_ahead_is_the_step_of_the_weights_optimizer(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, second order looks ahead by a step that the weights never take: another rate, momentum or decay.

    Of a finite difference of length near 0 nothing is left but the formula.
    """
    monkeypatch.setattr("dsrna.search.gradients.STEP", 1e-6)
    levels, training, validation = make_levels(method), batch(3), batch(4)
    expected = unrolled(levels, training, validation)
    held = unrolled(levels, training, validation, looking=False)
    levels.architecture_step(training, validation, moment())
    for parameter, value, near in zip(levels.supernet.architecture_parameters(), expected, held, strict=True):
        assert parameter.grad is not None
        assert (parameter.grad - value).abs().max() <= 1e-4 * (near - value).abs().max()
    assert any(not torch.allclose(near, value, rtol=0.1) for near, value in zip(held, expected, strict=True))
