"""The supernet of the space: its table of architecture parameters, and what is read from it."""

import pytest
import torch

from dsrna.bounds import output_bounds
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.spaces import SpaceSettings
from dsrna.spaces.nasbench201 import CANDIDATES, Nasbench201Cell, Nasbench201Supernet, all_cells, random_cell

TINY = SpaceSettings("nasbench201", cells=3, channels=4, operations=CANDIDATES)


def make() -> Nasbench201Supernet:
    return Nasbench201Supernet(TINY, classes=5, in_channels=1, generator=generator(0))


def test_one_table_for_all_cells() -> None:
    """If this fails, cells would be searched apart, or the benchmark's 6 x 5 parameters are others."""
    (alpha,) = make().architecture_parameters()
    assert alpha.shape == (6, 5)
    assert torch.equal(alpha, make().architecture_parameters()[0])


def test_every_parameter_of_the_supernet_gets_a_gradient() -> None:
    """If this fails, part of the supernet, or of the architecture, is never trained."""
    supernet = make()
    supernet(torch.rand(4, 1, 9, 9)).square().sum().backward()
    for name, parameter in supernet.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert len(supernet.weights()) + 1 == len(list(supernet.parameters()))


def test_the_supernet_at_one_operation_is_that_network() -> None:
    """If this fails, the search optimises another function than the network that will be trained."""
    operations = ("nor_conv_3x3", "none", "skip_connect", "nor_conv_1x1", "none", "skip_connect")
    supernet = make().eval()
    with torch.no_grad():
        supernet.alpha.fill_(-50.0)
        for edge, name in enumerate(operations):
            supernet.alpha[edge, CANDIDATES.index(name)] = 50.0
    cell = Nasbench201Cell(operations)
    network = cell.build(cells=3, channels=4, classes=5, in_channels=1).eval()
    shared = {
        name.replace(f".candidates.{CANDIDATES.index(operations[int(name.split('.')[3])])}.", "."): value
        for name, value in supernet.skeleton.state_dict().items()
        if ".candidates." in name and name.split(".")[5] == str(CANDIDATES.index(operations[int(name.split(".")[3])]))
    } | {name: value for name, value in supernet.skeleton.state_dict().items() if ".candidates." not in name}
    network.load_state_dict(shared, strict=False)
    x = torch.rand(2, 1, 8, 8)
    assert supernet.genotype() == cell
    torch.testing.assert_close(supernet(x), network(x))


@pytest.mark.parametrize("method", ["interval", "crown-ibp", "crown"])
def test_the_supernet_can_be_bounded(method: str) -> None:
    """If this fails, the certified metrics cannot be searched for in this space, or are wrong."""
    supernet = make().eval().double()
    x = torch.rand(2, 1, 7, 7, dtype=torch.float64, generator=generator(1))
    lower, upper = output_bounds(supernet, x, 0.01, method=method)
    for point in (x, (x - 0.01).clamp(0, 1), (x + 0.01).clamp(0, 1)):
        out = supernet(point)
        assert ((lower <= out + 1e-9) & (out <= upper + 1e-9)).all()
    (gradient,) = torch.autograd.grad(lower.sum(), supernet.architecture_parameters())
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("drift", [0.0, 1.0, 9.0])
def test_the_likeliest_cell_that_sees_the_image_is_found(drift: float) -> None:
    """If this fails, a search returns another cell than its mixing weights say, or one that computes nothing."""
    supernet = make()
    with torch.no_grad():
        supernet.alpha.copy_(torch.randn(supernet.alpha.shape, generator=generator(5)))
        supernet.alpha[:, 0] += drift
    logs: list[list[float]] = supernet.mixing_weights().log().tolist()

    def strength(cell: Nasbench201Cell) -> float:
        return sum(row[CANDIDATES.index(name)] for row, name in zip(logs, cell.operations, strict=True))

    found = supernet.genotype()
    assert found == max((cell for cell in all_cells() if cell.connected()), key=strength)
    assert "none" in found.operations or not drift


def test_shares_have_none_among_them() -> None:
    """If this fails, a search that drifts to nothing is not seen to."""
    supernet = make()
    with torch.no_grad():
        supernet.alpha[:, 0] = 9.0
    assert supernet.shares()["none"] > 0.9
    assert sum(supernet.shares().values()) == pytest.approx(1.0)


def test_what_is_apart_from_none_leaves_its_shares_alone() -> None:
    """If this fails, the balanced methods are paid for computing less."""
    supernet = make().double()
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        supernet.alpha.copy_(torch.randn(supernet.alpha.shape, generator=draw, dtype=torch.float64))
    gradient = torch.randn(supernet.alpha.shape, generator=draw, dtype=torch.float64)
    (kept,) = supernet.apart_from_none([gradient])
    (slope,) = torch.autograd.grad(supernet.mixing_weights()[:, 0].sum(), supernet.alpha)
    assert (kept * slope).sum(dim=1).abs().max() < 1e-12
    taken = gradient - kept
    torch.testing.assert_close(
        (taken * slope).sum(dim=1).abs(), taken.norm(dim=1) * slope.norm(dim=1), msg="nothing else is taken out"
    )


def test_drawn_cells_are_connected_and_follow_the_seed() -> None:
    """If this fails, the random control trains networks that see nothing, or other ones each time."""
    first, second = generator(3), generator(3)
    cells = [random_cell(TINY, first) for _ in range(200)]
    assert all(cell.connected() for cell in cells)
    assert cells == [random_cell(TINY, second) for _ in range(200)]
    assert {name for cell in cells for name in cell.operations} == set(CANDIDATES)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"operations": ("none", "sep_conv_3x3")}, "not sep_conv_3x3"),
        ({"nodes": 3}, "space.nodes must be 4, not 3"),
        ({"partial_channels": 2}, "space.partial_channels must be 1, not 2"),
        ({"cells": 8}, "multiple of it, not 8"),
        ({"stem": "imagenet"}, "stem of its own"),
    ],
)
def test_settings_of_another_space_are_refused(change: dict[str, object], reason: str) -> None:
    """If this fails, a setting that has no meaning here is silently ignored."""
    settings: dict[str, object] = {"cells": 3, "channels": 4, "operations": CANDIDATES} | change
    with pytest.raises(UserError, match=reason):
        Nasbench201Supernet(SpaceSettings("nasbench201", **settings), classes=3)  # type: ignore[arg-type]
