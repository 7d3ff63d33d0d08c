"""What the stacked candidates are made of."""

import pytest
import torch
from torch import nn

from dsrna.runtime.seeds import generator
from dsrna.spaces.families import WeightedNorm, combine


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("side", [1, 3])
@pytest.mark.parametrize("candidates", [1, 2])
def test_the_weighted_norm_is_a_norm_times_a_weight(candidates: int, side: int, training: bool) -> None:
    """If this fails, a candidate counts for more or less than its weight; one pixel takes torch another way."""
    draw = generator(0, "families")
    norm = WeightedNorm(candidates, 8).double().train(training)
    plain = nn.BatchNorm2d(8 * candidates, affine=False).double().train(training)
    x = torch.randn(6, 8 * candidates, side, side, dtype=torch.float64, generator=draw, requires_grad=True)
    weights = torch.rand(1, candidates, dtype=torch.float64, generator=draw, requires_grad=True)
    expected = plain(x) * weights.reshape(-1, 1).expand(-1, 8).reshape(-1, 1, 1)
    out = norm(x, weights)
    direction = torch.randn(out.shape, dtype=out.dtype, generator=draw)
    torch.testing.assert_close(out, expected)
    for found, wanted in zip(
        torch.autograd.grad(out, (x, weights), direction),
        torch.autograd.grad(expected, (x, weights), direction),
        strict=True,
    ):
        torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(norm.state_dict(), plain.state_dict())


def test_combinations_stand_side_by_side() -> None:
    """If this fails, pooling, identity or the channels that go around reach the wrong node."""
    draw = generator(1, "families")
    terms = [torch.randn(2, 3, 4, 4, generator=draw) for _ in range(3)]
    weights = torch.rand(2, 3, generator=draw)
    sums = [sum(weight * term for weight, term in zip(row, terms, strict=True)) for row in weights]
    torch.testing.assert_close(combine(terms, weights), torch.cat(sums, dim=1))
