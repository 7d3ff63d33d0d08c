"""Models to first order, held against torch's own derivatives over copies of the batch."""

import pytest
import torch
from random_networks import CLASSES, SHAPE, random_network, random_supernet
from rule_cases import CASES
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.bounds import Linearised, linearised
from dsrna.errors import UserError
from dsrna.metrics.around import Around, Copies, around
from dsrna.runtime.seeds import generator
from dsrna.testing.bounds import Applied


def compared(near: Around, model: nn.Module, x: Tensor, rows: Tensor) -> None:
    """Outputs, gradients of the rows, and the gradients of their length in the model's parameters."""
    oracle = Copies(model, x)
    torch.testing.assert_close(near.outputs, oracle.outputs)
    found, expected = near.gradients(rows), oracle.gradients(rows)
    torch.testing.assert_close(found, expected)
    parameters = list(model.parameters())
    slopes, wanted = (
        torch.autograd.grad(value.square().sum(), parameters, materialize_grads=True) for value in (found, expected)
    )
    torch.testing.assert_close(slopes, wanted)


@pytest.mark.parametrize("seed", range(12))
def test_random_networks_have_the_gradients_that_torch_finds(seed: int) -> None:
    """If this fails, a Jacobian metric, or its gradient in the architecture, is that of another network.

    Some of the random networks move examples, and are left to torch; no supernet is.
    """
    draw = generator(seed, "linearised")
    model = random_network(draw) if seed % 3 else random_supernet(draw, partial_channels=1 + seed % 2)
    x = torch.rand(3, *SHAPE, dtype=torch.float64, generator=draw)
    near = around(model, x)
    assert isinstance(near, Linearised) or seed % 3
    compared(near, model, x, torch.randn(2, 3, CLASSES, dtype=torch.float64, generator=draw))


@pytest.mark.parametrize("name", [name for name in CASES if "max" in name or "relu" in name])
def test_derivatives_that_are_written_down(name: str) -> None:
    """If this fails, a rule's derivative is not that of its operation: another slope, another place of a maximum."""
    function, shape = CASES[name]
    draw = generator(0, "derivative", name)
    x = torch.randn(shape, dtype=torch.float64, generator=draw)
    model = Applied(lambda images: function(images.clone()).flatten(1))
    rows = torch.randn(2, *model(x).shape, dtype=torch.float64, generator=draw)
    before = x.clone()
    torch.testing.assert_close(linearised(model, x).gradients(rows), Copies(model, before).gradients(rows))
    assert torch.equal(x, before)


def test_a_model_that_cannot_be_traced_is_differentiated_by_torch() -> None:
    """If this fails, the first-order metrics are for models that have bounds only."""
    draw = generator(0, "softplus")
    layer = nn.Linear(5, 4).double()
    model = nn.Sequential(layer, nn.Softplus(), nn.Linear(4, 3).double())
    x = torch.rand(2, 5, dtype=torch.float64, generator=draw)
    rows = torch.randn(3, 2, 3, dtype=torch.float64, generator=draw)
    with pytest.raises(UserError, match="softplus"):
        linearised(model, x)
    slopes = torch.stack([torch.func.jacrev(model)(image) for image in x])
    torch.testing.assert_close(around(model, x).gradients(rows), torch.einsum("rbk,bki->rbi", rows, slopes))


def test_examples_that_touch_are_refused() -> None:
    """If this fails, an image's gradient holds a part of its neighbours'."""
    with pytest.raises(UserError, match="mixes or moves the examples"):
        linearised(Applied(lambda x: F.linear(x - x.mean(0, keepdim=True), torch.ones(2, 4))), torch.rand(3, 4))
