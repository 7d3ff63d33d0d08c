"""What Square changes in an image."""

import pytest
import torch

from dsrna.evaluation.attacks.square_moves import MOVES
from dsrna.threat import distance


@pytest.mark.parametrize("side", [5, 12, 17, 23, 28])
def test_the_first_tiles_leave_as_much_of_each_edge(side: int) -> None:
    """Else one edge of every image is never moved at first, and the ball is searched from one corner."""
    x, move = torch.full((1, 1, side, side), 0.5), MOVES[2.0]
    found = move.first(x, 0.1, torch.rand(1, move.draws(x), generator=torch.Generator().manual_seed(0)))
    rows, columns = ((found != x)[0, 0].any(dim=other).nonzero().squeeze(1) for other in (1, 0))
    assert torch.equal(rows, columns)
    before, after = int(rows[0]), side - 1 - int(rows[-1])
    assert 0 <= after - before <= 1
    assert distance(found, x, 2.0).item() == pytest.approx(0.1, abs=1e-5)


@pytest.mark.parametrize(("share", "side"), [(0.01, 3), (9 / 225, 3), (16 / 225, 5), (25 / 225, 5), (1.0, 15)])
def test_a_square_under_l2_has_a_middle(share: float, side: int) -> None:
    """Else its bumps lie beside their square: the attack's squares are odd, and no smaller than three pixels."""
    x, move = torch.full((1, 1, 15, 15), 0.5), MOVES[2.0]
    uniforms = torch.rand(1, move.each(x), generator=torch.Generator().manual_seed(1))
    changed = (move.then(x, x, 0.1, share, uniforms) != x)[0, 0]
    for other in (0, 1):
        lines = changed.any(dim=other).nonzero().squeeze(1)
        assert lines[-1] - lines[0] + 1 == side
