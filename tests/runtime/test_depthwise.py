"""The depthwise convolution with gradients of its own."""

from itertools import product

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.runtime.depthwise import depthwise
from dsrna.runtime.seeds import generator

GEOMETRIES = [
    (copies, kernel, stride, dilation)
    for copies, kernel, stride, dilation in product((1, 3), (3, 5, 7), (1, 2), (1, 2))
]


def operands(copies: int, kernel: int) -> tuple[Tensor, Tensor]:
    """No leaves: of those it cannot be told which gradients are wanted."""
    draw = generator(0, "depthwise")
    x = torch.randn(2, 2, 7, 6, dtype=torch.float64, generator=draw, requires_grad=True)
    weight = torch.randn(2 * copies, 1, kernel, kernel, dtype=torch.float64, generator=draw, requires_grad=True)
    return 1 * x, 1 * weight


@pytest.mark.parametrize(("copies", "kernel", "stride", "dilation"), GEOMETRIES)
def test_the_gradients_are_those_of_the_convolution(copies: int, kernel: int, stride: int, dilation: int) -> None:
    """If this fails, the supernet's weights are trained along a wrong gradient."""
    x, weight = operands(copies, kernel)
    border = dilation * (kernel - 1) // 2
    expected = F.conv2d(torch.cat([x] * copies, dim=1), weight, None, stride, border, dilation, len(weight))
    out = depthwise(x, weight, stride, dilation)
    direction = torch.randn(out.shape, dtype=out.dtype, generator=generator(1))
    torch.testing.assert_close(out, expected)
    found = torch.autograd.grad(out, (x, weight), direction)
    for one, other in zip(found, torch.autograd.grad(expected, (x, weight), direction), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(("copies", "stride", "dilation"), [(1, 1, 1), (2, 1, 2), (2, 2, 1)])
def test_it_can_be_differentiated_twice(copies: int, stride: int, dilation: int) -> None:
    """If this fails, the gradient of a Jacobian's norm is wrong."""
    torch.autograd.gradgradcheck(lambda x, weight: depthwise(x, weight, stride, dilation), operands(copies, 5))


@pytest.mark.parametrize("wanted", [0, 1])
def test_a_gradient_that_nobody_wants_is_not_computed(wanted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, an architecture step pays for the gradients of all weights."""
    names = ("_input_gradient", "_weight_gradient")

    def refuse(*_: object) -> None:
        raise AssertionError(names[1 - wanted])

    monkeypatch.setattr(f"dsrna.runtime.depthwise.{names[1 - wanted]}", refuse)
    both = operands(2, 5)
    (gradient,) = torch.autograd.grad(depthwise(*both, 1, 1).sum(), both[wanted])
    assert gradient.abs().sum() > 0


def test_function_transforms_see_through_it() -> None:
    """If this fails, torch.func raises on a supernet in evaluation mode."""
    x, weight = (tensor.detach() for tensor in operands(1, 3))
    rows = torch.func.vmap(torch.func.grad(lambda image: depthwise(image[None], weight, 1, 1).square().sum()))(x)
    again = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(depthwise(again, weight, 1, 1).square().sum(), again)
    torch.testing.assert_close(rows, expected)
