"""The supernet that computes all edges of a node together, held against the one that goes edge by edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.bounds import margin_bound
from dsrna.metrics import METRICS
from dsrna.runtime.seeds import generator, initialising
from dsrna.spaces import OPERATIONS, SpaceSettings, Supernet
from dsrna.testing.plain_supernet import PlainSupernet
from dsrna.testing.stacking import pieces, plain_tensors, stacked_state
from dsrna.threat import ThreatModel

close = partial(torch.testing.assert_close, rtol=1e-8, atol=1e-8)
STEPS = 20


@dataclass(frozen=True)
class Pair:
    """Both forms with the same tensors, in float64, and a batch of images of odd size."""

    stacked: Supernet
    plain: PlainSupernet
    x: Tensor
    y: Tensor

    @property
    def forms(self) -> tuple[Supernet, Supernet]:
        return self.stacked, self.plain

    def compare(self, stacked: Mapping[str, Tensor], plain: Mapping[str, Tensor]) -> None:
        close(plain_tensors(self.stacked, stacked), dict(plain))


def make_pair(partial_channels: int, operations: tuple[str, ...] = OPERATIONS.names(), nodes: int = 3) -> Pair:
    """Three cells: a normal one and two that reduce, the images 7 by 9."""
    settings = SpaceSettings(cells=3, channels=8, nodes=nodes, partial_channels=partial_channels, operations=operations)
    draw = generator(0, "stacked")
    with initialising(0):
        stacked = Supernet(settings, classes=3, in_channels=1).double()
        plain = PlainSupernet(settings, classes=3, in_channels=1).double()
    with torch.no_grad():
        for parameter in stacked.architecture_parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw))
    randomised_statistics(stacked, draw)
    plain.load_state_dict(plain_tensors(stacked, stacked.state_dict()))
    x = torch.rand(4, 1, 7, 9, dtype=torch.float64, generator=draw)
    return Pair(stacked, plain, x, torch.tensor([0, 1, 2, 1]))


def randomised_statistics(model: nn.Module, draw: torch.Generator) -> None:
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(0.1 * torch.randn(module.running_mean.shape, generator=draw))
            module.running_var.copy_(0.5 + torch.rand(module.running_var.shape, generator=draw))


def gradients(model: nn.Module, value: Tensor) -> dict[str, Tensor]:
    names, parameters = zip(*model.named_parameters(), strict=True)
    return dict(zip(names, torch.autograd.grad(value, parameters, materialize_grads=True), strict=True))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("partial_channels", [1, 4])
def test_outputs_gradients_and_statistics_agree(partial_channels: int, training: bool) -> None:
    """If this fails, the search runs on another network than the one that is written down."""
    pair = make_pair(partial_channels)
    logits = [form.train(training)(pair.x) for form in pair.forms]
    close(*logits)
    found = [gradients(form, F.cross_entropy(out, pair.y)) for form, out in zip(pair.forms, logits, strict=True)]
    pair.compare(*found)
    pair.compare(*(form.state_dict() for form in pair.forms))


@pytest.mark.parametrize("partial_channels", [1, 4])
def test_a_search_takes_the_same_course(partial_channels: int) -> None:
    """If this fails, differences that one step hides add up: weights by SGD, architecture by Adam."""
    pair = make_pair(partial_channels)
    for form in pair.forms:
        follow(form.train(), pair)
    pair.compare(*(form.state_dict() for form in pair.forms))


def follow(model: Supernet, pair: Pair) -> None:
    weights = torch.optim.SGD(model.weights(), lr=0.025, momentum=0.9, weight_decay=3e-4)
    architecture = torch.optim.Adam(model.architecture_parameters(), lr=3e-3, betas=(0.5, 0.999), weight_decay=1e-3)
    for step in range(STEPS):
        order = torch.randperm(4, generator=generator(step, "stacked"))
        model.zero_grad()
        torch.autograd.backward(F.cross_entropy(model(pair.x[order[:3]]), pair.y[order[:3]]))
        (weights if step % 2 else architecture).step()


@pytest.mark.parametrize(
    ("method", "nodes", "partial_channels"),
    [("interval", 3, 1), ("interval", 3, 4), ("crown-ibp", 3, 1), ("crown-ibp", 3, 4), ("crown", 1, 4)],
)
def test_bounds_agree(method: str, nodes: int, partial_channels: int) -> None:
    """If this fails, stacking makes bounds looser, or bounds another network."""
    pair = make_pair(partial_channels, nodes=nodes)
    bounds = [margin_bound(form, pair.x, pair.y, 1e-3, method=method) for form in pair.forms]
    torch.testing.assert_close(*bounds)


@pytest.mark.parametrize("nodes", [1, 3])
@pytest.mark.parametrize("partial_channels", [1, 4])
def test_jacobians_agree(partial_channels: int, nodes: int) -> None:
    """If this fails, the Jacobian metric, or its gradient on the architecture, is that of another network."""
    pair, threat = make_pair(partial_channels, nodes=nodes), ThreatModel(eps=1.0)
    values = [METRICS["jacobian"](form, pair.x, pair.y, threat=threat) for form in pair.forms]
    torch.testing.assert_close(*values)
    pair.compare(*(gradients(form, value.sum()) for form, value in zip(pair.forms, values, strict=True)))


def test_operations_of_ones_own_are_computed_edge_by_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, an operation that somebody registers is stacked as if it were one of ours, or left out."""
    monkeypatch.setattr(OPERATIONS, "_records", dict(OPERATIONS._records))

    @OPERATIONS.register("full_conv", summary="a convolution over all channels", source="this test")
    def full_conv(channels: int, stride: int, affine: bool) -> nn.Module:
        return nn.Sequential(nn.Conv2d(channels, channels, 3, stride, 1), nn.Tanh())

    pair = make_pair(2, ("full_conv", "sep_conv_5x5", "none", "max_pool_3x3"))
    for training in (True, False):
        close(*(form.train(training)(pair.x) for form in pair.forms))


def test_the_plain_state_goes_back() -> None:
    """If this fails, a plain supernet cannot be continued as a stacked one."""
    pair = make_pair(4)
    state = stacked_state(pair.stacked, pair.plain.state_dict())
    other = Supernet(pair.stacked.settings, classes=3, in_channels=1).double()
    other.load_state_dict(state)
    torch.testing.assert_close(other.eval()(pair.x), pair.stacked.eval()(pair.x), rtol=0, atol=0)
    norm = next(piece.plain for piece in pieces(pair.stacked) if "candidates.1.1.running_mean" in piece.plain)
    with pytest.raises(ValueError, match="not what the other edges"):
        stacked_state(pair.stacked, {**pair.plain.state_dict(), norm: torch.ones(2)})


def test_borders_of_small_kernels_count_for_nothing() -> None:
    """If this fails, a 3x3 candidate is trained as a 5x5 one."""
    pair = make_pair(1)
    before = pair.stacked.eval()(pair.x)
    kernels = [name for name, _ in pair.stacked.named_parameters() if "depthwise" in name]
    with torch.no_grad():
        for name in kernels:
            pair.stacked.get_parameter(name)[:, 0, :, :, 0] = 7.0
    assert kernels
    torch.testing.assert_close(pair.stacked(pair.x), before, rtol=0, atol=0)
