"""The supernet: its mixture, its gradients, its discretisation."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.spaces import OPERATIONS, SpaceSettings, Supernet
from dsrna.spaces.discretise import strongest_edges
from dsrna.spaces.search_cell import shuffle
from dsrna.testing.plain_supernet import MixedOperation

TINY = SpaceSettings(cells=3, channels=4, nodes=2)


def make(settings: SpaceSettings) -> Supernet:
    return Supernet(settings, classes=5, in_channels=1, generator=generator(0))


@pytest.mark.parametrize("partial_channels", [1, 2, 4])
def test_every_parameter_gets_a_gradient(partial_channels: int) -> None:
    """If this fails, part of the supernet, or of the architecture, is never trained."""
    supernet = make(SpaceSettings(cells=4, channels=8, nodes=3, partial_channels=partial_channels))
    supernet(torch.rand(4, 1, 9, 9)).square().sum().backward()
    for name, parameter in supernet.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_mixture_is_the_weighted_sum() -> None:
    """If this fails, the mixed operation is not Eq. 2 of DARTS ('none' adds zeros)."""
    mixed = MixedOperation(OPERATIONS.names(), 4, 2, 1).eval()
    x, weights = torch.rand(2, 4, 6, 6), torch.softmax(torch.randn(8), dim=0)
    plain = sum(weight * candidate(x) for weight, candidate in zip(weights, mixed.candidates, strict=True))
    torch.testing.assert_close(mixed(x, weights), plain)


def test_partial_channels_leave_the_others_alone() -> None:
    """If this fails, the partial connection is not Eq. 1 of PC-DARTS."""
    mixed = MixedOperation(("skip_connect", "none"), 8, 1, 4)
    x = torch.rand(2, 8, 3, 3)
    out = mixed(x, torch.tensor([0.25, 0.75]))
    expected = shuffle(torch.cat([0.25 * x[:, :2], x[:, 2:]], dim=1), 4)
    torch.testing.assert_close(out, expected)


def test_mixing_weights_are_distributions() -> None:
    """If this fails, weights of an edge, or of the edges into a node, do not sum to one."""
    supernet = make(SpaceSettings(cells=3, channels=4, nodes=3, partial_channels=2))
    alpha, beta = supernet.mixing_weights("normal")
    torch.testing.assert_close(alpha.sum(dim=1), torch.ones(9))
    assert beta is not None
    torch.testing.assert_close(beta[5:].sum(), torch.tensor(1.0))
    assert sum(supernet.shares().values()) == pytest.approx(1.0)


def test_weights_and_architecture_share_nothing() -> None:
    """If this fails, the lower level trains the architecture or the upper level the weights."""
    supernet = make(SpaceSettings(cells=3, channels=4, nodes=2, partial_channels=2))
    architecture = {id(parameter) for parameter in supernet.architecture_parameters()}
    weights = {id(parameter) for parameter in supernet.weights()}
    assert not architecture & weights
    assert len(architecture) + len(weights) == len(list(supernet.parameters()))


def test_first_architecture_parameters_come_from_the_generator() -> None:
    """If this fails, the same seed starts different searches."""
    first, second = make(TINY), make(TINY)
    for left, right in zip(first.architecture_parameters(), second.architecture_parameters(), strict=True):
        assert torch.equal(left, right)


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32), nodes=st.integers(1, 4), with_edges=st.booleans())
def test_discretisation_agrees_with_brute_force(seed: int, nodes: int, with_edges: bool) -> None:
    """If this fails, the genotype is not the strongest one, or holds 'none'."""
    draw, names = generator(seed), OPERATIONS.names()
    edges = sum(2 + node for node in range(nodes))
    weights = torch.rand(edges, len(names), generator=draw)
    edge_weights = torch.rand(edges, generator=draw) if with_edges else None
    kept = strongest_edges(weights, edge_weights, names)
    start = 0
    for node in range(nodes):
        rows = weights[start : start + 2 + node, 1:]
        rows = rows if edge_weights is None else rows * edge_weights[start : start + 2 + node, None]
        top = sorted(rows.max(dim=1).values.topk(2).indices.tolist())
        assert kept[2 * node : 2 * node + 2] == tuple((names[1 + int(rows[j].argmax())], j) for j in top)
        start += 2 + node


def test_sharpening_the_winners_keeps_the_genotype() -> None:
    """If this fails, genotype() does not read the architecture parameters that forward() uses."""
    supernet = make(SpaceSettings(cells=3, channels=4, nodes=2))
    with torch.no_grad():
        supernet.alpha["normal"].zero_()
        supernet.alpha["normal"][:, 4] = 3.0
        supernet.alpha["normal"][:, 0] = 9.0
    assert {name for name, _ in supernet.genotype().normal} == {"sep_conv_3x3"}
    assert supernet.shares()["none"] > 0.5


def test_widths_agree_along_the_supernet() -> None:
    """If this fails, the cells of the supernet do not stand where those of the discrete network stand."""
    supernet = make(SpaceSettings(cells=8, channels=4, nodes=2))
    assert [index for index, reduces in enumerate(supernet.reduces) if reduces] == [2, 5]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"operations": ("conv",)}, "unknown operation 'conv'"),
        ({"operations": ("none",)}, "beside none"),
        ({"operations": ("skip_connect", "skip_connect")}, "different"),
        ({"channels": 6, "partial_channels": 4}, "multiple"),
        ({"nodes": 0}, "at least 1"),
    ],
)
def test_impossible_spaces_are_refused(change: dict[str, object], reason: str) -> None:
    """If this fails, a space that cannot be searched crashes somewhere deep."""
    with pytest.raises(UserError, match=reason):
        SpaceSettings(**change)  # type: ignore[arg-type]
