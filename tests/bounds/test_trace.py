"""The tape: what it records, and that nothing gets past it."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.bounds import output_bounds
from dsrna.bounds.interval import Interval
from dsrna.bounds.tracing.trace import trace
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.testing.bounds import Applied

X = torch.rand(2, 4, 3, 3, generator=generator(0, "trace"))


def aliased_view(x: Tensor) -> Tensor:
    part = x[:, :2]
    x.relu_()
    return part


def aliased_base(x: Tensor) -> Tensor:
    x[:, :2].mul_(-1)
    return x


def aliased_reshape(x: Tensor) -> Tensor:
    flat = x.flatten(1)
    x.add_(1)
    return flat + 0


def constant_overwritten(x: Tensor) -> Tensor:
    weight = torch.ones(4, 1, 1)
    y = x * weight
    weight.mul_(-5)
    return y


def written_into_constant(x: Tensor) -> Tensor:
    total = torch.zeros(2, 4, 3, 3)
    total.add_(x)
    return total * x.new_ones(1) + x * 0


def branching(x: Tensor) -> Tensor:
    return x if x.sum() > 0 else -x


def read_out(x: Tensor) -> Tensor:
    return x * x.mean().item()


def set_in_place(x: Tensor) -> Tensor:
    x[:, 0] = 0
    return x


def past_the_functions(x: Tensor) -> Tensor:
    with torch._C.DisableTorchFunctionSubclass():
        return x * 2


def detached(x: Tensor) -> Tensor:
    return x + x.data


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (aliased_view, "alias"),
        (aliased_base, "alias"),
        (aliased_reshape, "alias"),
        (constant_overwritten, "writes to in place"),
        (written_into_constant, "writes to in place"),
        (branching, "no bound rule for torch.Tensor.gt"),
        (read_out, "no bound rule for torch.Tensor.item"),
        (set_in_place, "no bound rule for torch.Tensor.__setitem__"),
        (past_the_functions, "past torch's Python functions"),
        (detached, r"no bound rule for torch.Tensor.data"),
        (torch.zeros_like, "not a tensor that does not depend on it"),
    ],
)
def test_a_tape_that_would_lie_is_an_error(function: Callable[[Tensor], Tensor], reason: str) -> None:
    """A bound would be computed from a tape that is not what the model does: unsound, and nobody would see it."""
    with pytest.raises(UserError, match=reason) as error:
        trace(Applied(function), X)
    assert "\n" not in str(error.value)


class Pair(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x, x


def test_two_outputs_are_an_error() -> None:
    """A network that returns its auxiliary logits too would be bounded in one of the two, silently."""
    with pytest.raises(UserError, match="must be one tensor computed from its input, not tuple"):
        trace(Pair(), X)


def test_in_place_without_alias_is_followed() -> None:
    """The in-place operations that every ReLU(inplace=True) network uses would be refused or recorded wrongly."""

    def function(x: Tensor) -> Tensor:
        x.sub_(0.5)
        y = F.relu(x, inplace=True)
        y += 1
        return x.mul_(-2) + y

    tape = trace(Applied(function), X)
    torch.testing.assert_close(
        tape.propagate(Interval(X, torch.zeros_like(X)))[tape.output].centre, function(X.clone())
    )


def test_input_modes_and_hooks_are_left_alone() -> None:
    """Bounding a model would change it, its statistics, or the user's images."""
    model = nn.Sequential(nn.ReLU(inplace=True), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(36, 3))
    model.train()
    model[2].eval()
    before, state = X.clone(), {name: value.clone() for name, value in model.state_dict().items()}
    trace(model, X)
    assert X.equal(before)
    assert [module.training for module in model] == [True, True, False, True, True]
    assert all(value.equal(state[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_an_error_names_the_operation_and_its_module() -> None:
    """The user would have to guess which layer of a deep network has no rule."""
    model = nn.Sequential(nn.Sequential(nn.Conv2d(4, 4, 1), nn.Softmax(1)))
    with pytest.raises(UserError, match=r"no bound rule for torch.nn.functional.softmax in module '0.1'"):
        trace(model, X)
    assert not any(module._forward_hooks for module in model.modules())


def test_nodes_know_their_module() -> None:
    """Messages about a node would name the wrong module."""
    model = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Conv2d(4, 4, 1), nn.Tanh()))
    assert [str(node.place) for node in trace(model, X).nodes] == ["0", "1.0", "1.1"]


def test_works_without_gradients_and_in_inference_mode() -> None:
    """Certifying inside ``torch.no_grad`` or ``torch.inference_mode`` would fail, or turn gradients on."""
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(36, 3))
    expected = output_bounds(model, X, 0.1)[0]
    assert expected.requires_grad
    with torch.inference_mode():
        torch.testing.assert_close(output_bounds(model, X.clone(), 0.1)[0], expected.detach())
    with torch.no_grad():
        assert not output_bounds(model, X, 0.1)[0].requires_grad


def test_constants_stay_live() -> None:
    """Bounds would not be differentiable in weights that the model computes, such as softmax(alpha)."""
    alpha = nn.Parameter(torch.zeros(2))

    def function(x: Tensor) -> Tensor:
        weights = alpha.softmax(0)
        return (weights[0] * x + weights[1] * F.relu(x)).flatten(1)

    output_bounds(Applied(function), X, 0.1)[0].sum().backward()  # type: ignore[no-untyped-call]
    assert alpha.grad is not None
