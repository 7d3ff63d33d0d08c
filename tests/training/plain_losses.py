"""What the tests of losses share: a network, a batch, and gradients to compare."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from training_cases import Network, digits

from dsrna.training import Moment


def quiet_network() -> Network:
    """In training mode, without dropout, which draws from elsewhere; in float64, so that sums agree closely."""
    model = Network()
    model.dropout = nn.Identity()  # type: ignore[assignment]
    return model.double().train()


def batch(count: int = 12) -> tuple[Tensor, Tensor]:
    return digits().train.read(torch.arange(count)).double(), digits().train.labels[:count]


def moment(memory: dict[str, Tensor] | None = None) -> Moment:
    return Moment(torch.Generator().manual_seed(3), 0.5, {} if memory is None else memory)


def gradients(loss: Tensor, model: nn.Module) -> list[Tensor]:
    return list(torch.autograd.grad(loss, list(model.parameters()), materialize_grads=True))


def assert_close(found: Sequence[Tensor], expected: Sequence[Tensor]) -> None:
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)
