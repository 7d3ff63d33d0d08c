"""The candidate operations."""

import pytest
import torch

from dsrna.registry import Record
from dsrna.spaces import OPERATIONS
from dsrna.spaces.operations import FactorizedReduce, Operation


@pytest.mark.parametrize("record", OPERATIONS, ids=OPERATIONS.names())
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_shape_is_kept_or_halved(record: Record[Operation], stride: int, size: int) -> None:
    """If this fails, the operations of an edge cannot be added up."""
    operation = record.value(6, stride, True)
    out = operation(torch.rand(3, 6, size, size))
    side = -(-size // stride)
    assert out.shape == (3, 6, side, side)


def test_factorized_reduce_sees_every_pixel() -> None:
    """If this fails, a stride-2 skip connection throws three quarters of the pixels away."""
    reduce = FactorizedReduce(2, 4, affine=False).eval()
    x = torch.rand(1, 2, 6, 6, requires_grad=True)
    reduce(x).sum().backward()
    assert x.grad is not None
    seen = x.grad[0, 0] != 0
    assert seen[::2, ::2].all()
    assert seen[1::2, 1::2].all()
