"""What a candidate operation must do to stand on an edge of a cell."""

from itertools import product

import torch
from torch import nn

from dsrna.bounds import output_bounds
from dsrna.registry import Record
from dsrna.spaces.operations import Operation

CHANNELS = 4
EPS = 0.05


def check_operation(record: Record[Operation], *, generator: torch.Generator) -> None:
    """Try an operation at both strides, on even and odd sizes; an ``AssertionError`` says what is wrong."""
    for stride, size in product((1, 2), (1, 4, 5)):
        operation = record.value(CHANNELS, stride, True).double().eval()
        x = torch.rand(2, CHANNELS, size, size, dtype=torch.float64, generator=generator)
        _check_shape(operation, x, stride)
        _check_bounds(operation, x)
    _check_sides(record.value(CHANNELS, 1, False))


def _check_shape(operation: nn.Module, x: torch.Tensor, stride: int) -> None:
    side = -(-x.shape[-1] // stride)
    out = operation(x)
    assert out.shape == (*x.shape[:2], side, side), "channels are kept, height and width divided by the stride, up"
    assert out.isfinite().all(), "outputs are finite"


def _check_bounds(operation: nn.Module, x: torch.Tensor) -> None:
    network = nn.Sequential(operation, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    lower, upper = output_bounds(network, x, EPS)
    for corner in (x - EPS, x + EPS):
        out = network(corner.clamp(0, 1))
        assert ((lower - 1e-9 <= out) & (out <= upper + 1e-9)).all(), (
            "the operation can be bounded, and the bound holds"
        )


def _check_sides(operation: nn.Module) -> None:
    learnable = [norm for norm in operation.modules() if isinstance(norm, nn.BatchNorm2d) and norm.affine]
    assert not learnable, "without affine no batch norm has a scale of its own"
