"""Batch norm held at a batch's statistics: the same network, differentiable all the way."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from dsrna.bounds import held, margin_bound, observing
from dsrna.bounds.statistics import Statistics
from dsrna.runtime.modes import evaluating


def network(*, affine: bool = True) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        norm = nn.BatchNorm2d(3, affine=affine)
        model = nn.Sequential(nn.Conv2d(1, 3, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(48, 4), nn.BatchNorm1d(4))
        if affine:
            nn.init.uniform_(norm.weight, -1, 2)
            nn.init.uniform_(norm.bias)
    return model.double().train()


def images(seed: int = 1) -> Tensor:
    return torch.rand(7, 1, 6, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def evaluated(model: nn.Module, statistics: Statistics, x: Tensor) -> Tensor:
    """What the model returns in evaluation mode, held at the statistics."""
    with evaluating(model):
        out: Tensor = functional_call(model, held(model, statistics), (x,))
    return out


@pytest.mark.parametrize("affine", [True, False])
def test_it_equals_training_mode_on_its_batch(affine: bool) -> None:
    """Else the network that is bounded is not the one that is trained."""
    model = network(affine=affine)
    with torch.no_grad(), observing(model) as statistics:
        out = model(images())
    with torch.no_grad():
        assert torch.allclose(evaluated(model, statistics, images()), out)


def test_an_image_does_not_depend_on_the_others() -> None:
    """Else a bound of it means nothing."""
    model = network()
    with observing(model) as statistics:
        model(images())
    together, alone = (evaluated(model, statistics, x) for x in (images(), images()[:2]))
    assert torch.allclose(together[:2], alone)


def test_gradients_go_through_the_statistics() -> None:
    """Else weights seem to shrink the bound by shrinking themselves, and training runs away (it did)."""
    model = network()
    expected = deepcopy(model)
    torch.autograd.backward(expected(images()).square().sum())
    with observing(model) as statistics:
        model(images())
    torch.autograd.backward(evaluated(model, statistics, images()).square().sum())
    for (name, ours), theirs in zip(model.named_parameters(), expected.parameters(), strict=True):
        assert ours.grad is not None, name
        assert theirs.grad is not None, name
        assert torch.allclose(ours.grad, theirs.grad, atol=1e-10), name


def test_a_bound_differentiates_the_statistics_of_a_norm_without_parameters() -> None:
    """Else the false gradient is that of every supernet, whose norms have no parameters."""
    model, y = network(affine=False), torch.tensor([0, 1, 2, 3, 0, 1, 2])
    parameters, others = list(model.parameters()), (y + 1) % 4
    with observing(model) as statistics:
        logits = model(images())
    (margins,) = margin_bound(
        model, images(), y, 0.0, method="interval", targets=others, tensors=held(model, statistics)
    ).unbind(1)
    plain = (logits.gather(1, y[:, None]) - logits.gather(1, others[:, None]))[:, 0]
    assert torch.allclose(margins, plain)
    found, expected = (
        torch.autograd.grad(each.square().sum(), parameters, retain_graph=True) for each in (margins, plain)
    )
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-10)


def test_the_model_is_left_as_it_was() -> None:
    """Else running statistics move twice a step, or parameters are no longer the optimizer's."""
    model = network()
    parameters = list(model.parameters())
    with observing(model) as statistics:
        model(images())
    before = deepcopy(model.state_dict())
    evaluated(model, statistics, images(seed=2))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_a_norm_that_the_user_froze_stays_frozen() -> None:
    """Else fine-tuning with frozen statistics bounds another network."""
    model = network()
    model[1].eval()
    with observing(model) as statistics:
        out = model(images())
    assert statistics.keys() == {"5"}
    assert torch.allclose(evaluated(model, statistics, images()), out)
