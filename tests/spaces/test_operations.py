"""The candidate operations."""

import torch

from dsrna.spaces.operations import FactorizedReduce


def test_factorized_reduce_sees_every_pixel() -> None:
    """If this fails, a stride-2 skip connection throws three quarters of the pixels away."""
    reduce = FactorizedReduce(2, 4, affine=False).eval()
    x = torch.rand(1, 2, 6, 6, requires_grad=True)
    reduce(x).sum().backward()
    assert x.grad is not None
    seen = x.grad[0, 0] != 0
    assert seen[::2, ::2].all()
    assert seen[1::2, 1::2].all()
