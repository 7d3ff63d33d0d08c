"""The convolution by kernels of one pixel as products of matrices."""

import pytest
import torch
from torch.nn import functional as F

from dsrna.runtime.pointwise import pointwise
from dsrna.runtime.seeds import generator


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_it_is_the_convolution(groups: int) -> None:
    """If this fails, the supernet's outputs or gradients are wrong, the second ones of a Jacobian among them."""
    draw = generator(0, "pointwise")
    x = torch.randn(2, 2 * groups, 3, 4, dtype=torch.float64, generator=draw, requires_grad=True)
    weight = torch.randn(5 * groups, 2, 1, 1, dtype=torch.float64, generator=draw, requires_grad=True)
    torch.testing.assert_close(pointwise(x, weight, groups), F.conv2d(x, weight, groups=groups))
    torch.autograd.gradcheck(lambda x, weight: pointwise(x, weight, groups), (x, weight))
    torch.autograd.gradgradcheck(lambda x, weight: pointwise(x, weight, groups), (x, weight))
