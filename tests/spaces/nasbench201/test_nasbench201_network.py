"""The discrete network of a cell."""

import pytest
import torch

from dsrna.bounds import output_bounds
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.spaces import multiply_adds, parameters
from dsrna.spaces.nasbench201 import Nasbench201Cell, Nasbench201Network
from dsrna.spaces.nasbench201.network import DiscreteCell
from dsrna.spaces.network import DropPath

MIXED = Nasbench201Cell(("nor_conv_3x3", "none", "avg_pool_3x3", "skip_connect", "none", "nor_conv_1x1"))


def test_sizes_are_the_published_ones() -> None:
    """If this fails, the skeleton is not the benchmark's (Dong and Yang 2020: 15 cells, 16 channels, CIFAR-10)."""
    dense = Nasbench201Cell(("nor_conv_3x3",) * 6).build(cells=15, channels=16, classes=10)
    empty = Nasbench201Cell(("none",) * 6).build(cells=15, channels=16, classes=10)
    assert parameters(dense) == 1_531_546
    assert parameters(empty) == 73_306
    assert round(multiply_adds(empty, (3, 32, 32)) / 1e6, 2) == 7.78


def test_a_cell_is_the_sum_over_its_edges() -> None:
    """If this fails, the network computes another graph than its architecture string says."""
    cell = DiscreteCell(MIXED, 4, DropPath()).eval()
    x = torch.rand(2, 4, 6, 6)
    first = cell.edges["0"](x)
    second = cell.edges["2"](first)
    torch.testing.assert_close(cell(x), x + cell.edges["5"](second))


def test_a_disconnected_cell_gives_constant_logits() -> None:
    """If this fails, `connected` and the network disagree, or the network crashes."""
    lost = Nasbench201Cell(("nor_conv_3x3", "nor_conv_3x3", "none", "none", "none", "none"))
    network = lost.build(cells=3, channels=4, classes=3).eval()
    logits = network(torch.rand(3, 3, 8, 8))
    assert not lost.connected()
    assert torch.equal(logits[0], logits[1])


@pytest.mark.parametrize("size", [7, 8])
def test_the_network_can_be_bounded(size: int) -> None:
    """If this fails, networks of this space cannot be certified, or a certificate does not hold."""
    network = MIXED.build(cells=3, channels=4, classes=3, in_channels=1).eval().double()
    x = torch.rand(2, 1, size, size, dtype=torch.float64, generator=generator(0))
    for method in ("interval", "crown-ibp", "crown"):
        lower, upper = output_bounds(network, x, 0.01, method=method)
        for corner in (x, (x - 0.01).clamp(0, 1), (x + 0.01).clamp(0, 1)):
            out = network(corner)
            assert ((lower <= out + 1e-9) & (out <= upper + 1e-9)).all()


def test_dropped_paths_are_drawn_from_the_generator() -> None:
    """If this fails, a resumed training drops other paths than one left alone, or evaluation is random."""
    network = MIXED.build(cells=3, channels=4, classes=3)
    x = torch.rand(8, 3, 8, 8, generator=generator(0))

    def run(seed: int) -> torch.Tensor:
        network.set_drop_path(0.5, generator(seed))
        with torch.no_grad():
            out: torch.Tensor = network(x)
        return out

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))
    network.eval()
    assert torch.equal(run(1), run(2))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cells": 4}, "multiple of it, not 4"),
        ({"cells": 0}, "not 0"),
        ({"auxiliary": True}, "no auxiliary classifier"),
        ({"stem": "imagenet"}, "stem of its own"),
    ],
)
def test_networks_of_another_space_are_refused(change: dict[str, object], reason: str) -> None:
    """If this fails, a setting that has no meaning here is silently ignored."""
    settings: dict[str, object] = {"cells": 3, "channels": 4, "classes": 3} | change
    with pytest.raises(UserError, match=reason):
        Nasbench201Network(MIXED, **settings)  # type: ignore[arg-type]
