"""A shorter tape computes the same."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.normalisation import scaled_and_shifted
from dsrna.bounds.tracing.trace import trace
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.spaces import SpaceSettings, Supernet

X = torch.rand(2, 4, 6, 6, dtype=torch.float64, generator=generator(0, "simplify"))


class Shared(nn.Module):
    """The ReLU of one value twice, a convolution whose result is used twice, and a result that nobody uses."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.factor = nn.Parameter(torch.tensor(-0.7))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.first(F.relu(x))
        torch.tanh(out)
        result: torch.Tensor = self.factor * self.norm(self.second(F.relu(x))) + self.norm(out) + out
        return result


class Added(nn.Module):
    """Convolutions that are only added up, of two geometries, with and without bias, and one used elsewhere too."""

    def __init__(self) -> None:
        super().__init__()
        self.points = nn.ModuleList(nn.Conv2d(4, 5, 1, bias=index % 2 == 0) for index in range(4))
        self.squares = nn.ModuleList(nn.Conv2d(4, 5, 3, padding=1, bias=False) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        terms = [convolution(x - index) for index, convolution in enumerate([*self.points, *self.squares])]
        total = terms[0] + (terms[1] + terms[4])
        kept = terms[2] + terms[5]
        result: torch.Tensor = total + kept + terms[3] + F.relu(kept) + terms[3]
        return result


class Summed(nn.Module):
    """The sum of three convolutions, two of them added first."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = nn.ModuleList(nn.Conv2d(4, 5, 3) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second, third = (convolution(x - index) for index, convolution in enumerate(self.terms))
        result: torch.Tensor = (first + second) + third
        return result


MODELS: dict[str, Callable[[], nn.Module]] = {
    "shared": Shared,
    "added": Added,
    "summed": Summed,
    "conv, norm, factor": lambda: nn.Sequential(nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6, affine=False)),
    "linear, norm": lambda: nn.Sequential(nn.Flatten(), nn.Linear(144, 5, bias=False), nn.BatchNorm1d(5)),
    "linear of rows, norm of channels": lambda: nn.Sequential(nn.Flatten(2), nn.Linear(36, 4), nn.BatchNorm1d(4)),
    "as many rows as it likes": lambda: nn.Sequential(nn.Flatten(2), nn.Linear(36, 5), nn.BatchNorm1d(4)),
    "pool, norm": lambda: nn.Sequential(nn.AvgPool2d(3, 1, 1), nn.BatchNorm2d(4, affine=False), nn.BatchNorm2d(4)),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_function_is_the_same(name: str) -> None:
    """Batch norm or a factor folded wrongly would bound another network than the user's."""
    model = MODELS[name]().double()
    draw = generator(1, "simplify")
    with torch.no_grad():
        for tensor in [*model.parameters(), *(buffer for buffer in model.buffers() if buffer.is_floating_point())]:
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=draw))
    tape = trace(model, X)
    with evaluating(model):
        expected = model(X)
    box = Interval(X, torch.zeros_like(X))
    torch.testing.assert_close(tape.propagate(box)[tape.output].centre, expected)


def test_what_is_the_same_is_computed_once() -> None:
    """Two ReLUs of one value would cost two, and a result that nobody uses would be bounded."""
    operations = [node.operation for node in trace(Shared().double(), X).nodes]
    assert sum(operation in {F.relu, torch.relu} for operation in operations) == 1
    assert not any(operation is torch.tanh for operation in operations)
    assert scaled_and_shifted in operations, "a convolution that is used twice cannot take a norm in"


def test_a_supernet_is_folded() -> None:
    """The cost of an interval bound would be that of every ReLU, norm and factor of every edge."""
    model = Supernet(SpaceSettings(cells=1, channels=4, nodes=2), classes=3, in_channels=4).double()
    nodes = trace(model, X).nodes
    assert (
        sum(node.operation is scaled_and_shifted for node in nodes)
        < sum(node.operation is F.conv2d for node in nodes) / 2
    )


def test_what_is_only_added_is_one_convolution() -> None:
    """A cell would cost a convolution for every candidate of every edge into a node."""
    nodes = trace(Added().double(), X).nodes
    assert sum(node.operation is F.conv2d for node in nodes) == 5, "0, 1 with each other; 2, 3, 4, 5 alone"
    assert sum(node.operation is F.conv2d for node in trace(Summed().double(), X).nodes) == 1
