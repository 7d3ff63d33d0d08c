"""Batch norm over the images of all processes; over those of several in tests/search/test_several_processes.py."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dsrna.runtime.batch_statistics import batch_norm, whole_batch_statistics
from dsrna.runtime.processes import ALONE, Processes


class Doubled(Processes):
    """Two processes that hold the same images, in one: every sum is twice what this one has."""

    size = 2

    def total(self, tensor: Tensor) -> Tensor:
        return 2 * tensor


def drawn(*size: int) -> Tensor:
    return torch.randn(*size, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(size)))


@pytest.mark.parametrize("affine", [True, False])
def test_of_one_process_it_is_batch_norm(affine: bool) -> None:
    """If this fails, outputs, gradients or running statistics of the two forms differ."""
    x, gradient = drawn(5, 4, 3, 2) + 3, drawn(5, 4, 3, 2)
    parts = [x.requires_grad_(), *([drawn(4).requires_grad_(), drawn(4).requires_grad_()] if affine else [])]
    weight, bias = parts[1:] if affine else (None, None)
    results = []
    for own in (True, False):
        mean, variance = drawn(4), drawn(4).square()
        if own:
            y = batch_norm(ALONE, x, mean, variance, weight=weight, bias=bias, momentum=0.3)
        else:
            y = F.batch_norm(x, mean, variance, weight, bias, training=True, momentum=0.3)
        results.append([y, mean, variance, *torch.autograd.grad(y, parts, gradient)])
    torch.testing.assert_close(results[0], results[1], rtol=1e-12, atol=1e-12)


def test_of_large_values_with_a_small_spread_the_variance_is_right() -> None:
    """If this fails, squares cancel in float32, and a norm divides by noise."""
    x = (drawn(8, 2, 4, 4) + 1e3).float()
    found = batch_norm(ALONE, x, torch.full((2,), 1e3), torch.ones(2))
    torch.testing.assert_close(found, F.batch_norm(x, None, None, training=True), rtol=1e-3, atol=1e-3)


def test_norms_in_training_mode_are_shared_and_others_are_not() -> None:
    """If this fails, the processes normalise by statistics of their own, or evaluation waits for other processes."""
    x, shared, plain = drawn(4, 3, 2, 2), nn.BatchNorm2d(3).double(), nn.BatchNorm2d(3).double()
    with whole_batch_statistics(Doubled()):
        found = shared(x)
    torch.testing.assert_close(found, plain(torch.cat([x, x]))[:4])
    torch.testing.assert_close(shared.running_var, plain.running_var)
    evaluated = shared.eval()(x)
    with whole_batch_statistics(Doubled()):
        assert shared(x).equal(evaluated)
