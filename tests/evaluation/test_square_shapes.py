"""What Square lays over an image under L2."""

import pytest
import torch
from pyautoattack.square import SquareAttack

from dsrna.evaluation.attacks.square_shapes import patterns, unit


@pytest.mark.parametrize("side", [1, 3, 5, 8, 9])
@pytest.mark.parametrize("lying", [True, False])
def test_bumps_are_those_of_the_reference(side: int, lying: bool) -> None:
    """Else it searches with other shapes than the attack whose name it bears."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        reference = SquareAttack(lambda x: x, norm="L2")
        reference.device = "cpu"
        lengthwise = [reference.eta(side) for _ in range(10)]
    # Which way it lies is drawn there; the upper half is positive where it stands.
    stands = next(bump for bump in lengthwise if side == 1 or bump[0].sign().eq(bump[0, 0].sign()).all())
    uniforms = torch.tensor([[0.2 if lying else 0.8, 0.7, 0.1]])
    (found,) = patterns(torch.zeros(1, 2, side, side), side, uniforms)
    expected = stands if lying else stands.T
    torch.testing.assert_close(found, torch.stack([expected, -expected]))


def test_a_change_becomes_one_of_length_one_in_each_channel() -> None:
    """Else how far a square keeps to the direction that it had depends on how large the change was."""
    change = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    for size in (1, 1e-6):
        torch.testing.assert_close(unit(size * change).square().sum(dim=(2, 3)), torch.ones(2, 3))
    assert torch.equal(unit(torch.zeros(1, 1, 2, 2)), torch.zeros(1, 1, 2, 2))
