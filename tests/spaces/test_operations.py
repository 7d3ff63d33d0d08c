"""The candidate operations."""

from itertools import product

import pytest
import torch
from torch import nn

from dsrna.spaces.operations import Depthwise, FactorizedReduce


def test_factorized_reduce_sees_every_pixel() -> None:
    """If this fails, a stride-2 skip connection throws three quarters of the pixels away."""
    reduce = FactorizedReduce(2, 4, affine=False).eval()
    x = torch.rand(1, 2, 6, 6, requires_grad=True)
    reduce(x).sum().backward()
    assert x.grad is not None
    seen = x.grad[0, 0] != 0
    assert seen[::2, ::2].all()
    assert seen[1::2, 1::2].all()


@pytest.mark.parametrize(("kernel", "stride", "dilation", "side"), list(product((3, 5), (1, 2), (1, 2), (1, 2, 7, 8))))
def test_a_depthwise_convolution_is_torchs(kernel: int, stride: int, dilation: int, side: int) -> None:
    """If this fails, published genotypes are built from another operation than theirs."""
    ours = Depthwise(3, kernel, stride, dilation).double()
    x = torch.randn(2, 3, side, side, dtype=torch.float64, requires_grad=True)
    out, expected = ours(x), nn.Conv2d.forward(ours, x)
    torch.testing.assert_close(out, expected)
    direction = torch.randn_like(out)
    wanted = (x, ours.weight)
    found = torch.autograd.grad(out, wanted, direction)
    torch.testing.assert_close(found, torch.autograd.grad(expected, wanted, direction))
