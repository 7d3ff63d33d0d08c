"""Candidates that are taken out, against plain lists."""

import pytest
import torch
from torch import Tensor

from dsrna.runtime.seeds import generator, initialising
from dsrna.search.thinning import all_but, with_few_skips
from dsrna.spaces import Genotype, SpaceSettings, Supernet
from dsrna.spaces.discretise import strongest_edges
from dsrna.spaces.search_cell import incoming

NODES = 3


def make_supernet(seed: int = 0, partial: int = 1, favour: float = 0.0) -> Supernet:
    """A supernet with architecture parameters far apart; ``favour`` is added to those of skip-connections."""
    settings = SpaceSettings(cells=3, channels=4, nodes=NODES, partial_channels=partial)
    with initialising(0):
        supernet = Supernet(settings, classes=3, in_channels=1)
    with torch.no_grad():
        for parameter in supernet.architecture_parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator(seed)))
        for alpha in supernet.alpha.values():
            alpha[:, settings.operations.index("skip_connect")] += favour
    return supernet


def test_the_weakest_of_each_edge_go() -> None:
    """If this fails, other candidates are dropped than the weakest of each edge."""
    mixtures = make_supernet().mixtures()
    for kept in (3, 5):
        for cell, dropped in all_but(kept, mixtures).items():
            rows: list[list[float]] = mixtures[cell].tolist()
            for row, gone in zip(rows, dropped.tolist(), strict=True):
                assert [weight < sorted(row)[-kept] for weight in row] == gone


def test_of_equals_the_first_stay() -> None:
    """If this fails, what is dropped depends on how a machine sorts."""
    assert all_but(3, {"normal": torch.full((2, 5), 0.2)})["normal"].tolist() == [[False] * 3 + [True] * 2] * 2


def test_what_is_dropped_has_no_weight_and_no_gradient() -> None:
    """If this fails, candidates that are gone still mix, count or are searched."""
    supernet = make_supernet()
    before = supernet.mixtures()
    supernet.dropped = all_but(3, before)
    for cell, weights in supernet.mixtures().items():
        gone = supernet.dropped[cell]
        assert (weights[gone] == 0).all()
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(len(weights)))
        left = before[cell] * ~gone
        torch.testing.assert_close(weights, left / left.sum(dim=1, keepdim=True))
    supernet(torch.rand(4, 1, 8, 8, generator=generator(1))).square().sum().backward()
    for cell, alpha in supernet.alpha.items():
        assert alpha.grad is not None
        assert (alpha.grad[supernet.dropped[cell]] == 0).all()
        assert alpha.grad[~supernet.dropped[cell]].any()


def test_what_is_dropped_stays_dropped() -> None:
    """If this fails, a later stage brings candidates back that an earlier one has dropped."""
    supernet = make_supernet()
    supernet.dropped = all_but(5, supernet.mixtures())
    first = supernet.dropped
    with torch.no_grad():
        for cell, alpha in supernet.alpha.items():
            alpha[first[cell]] = 100
    supernet.dropped = all_but(3, supernet.mixtures())
    for cell, gone in supernet.dropped.items():
        assert (gone | ~first[cell]).all()
        assert (gone.sum(dim=1) == 5).all()


@pytest.mark.parametrize("partial", [1, 2])
def test_what_is_dropped_never_comes_out(partial: int) -> None:
    """If this fails, a genotype holds an operation that its supernet has not."""
    supernet = make_supernet(partial=partial)
    supernet.dropped = all_but(3, supernet.mixtures())
    with torch.no_grad():
        for cell, alpha in supernet.alpha.items():
            alpha[supernet.dropped[cell]] = 100
    genotype = supernet.genotype()
    for cell, edges in (("normal", genotype.normal), ("reduce", genotype.reduce)):
        for place, (name, source) in enumerate(edges):
            row = sum(incoming(place // 2)) + source
            assert not supernet.dropped[cell][row, supernet.settings.operations.index(name)]


def test_shares_and_entropy_are_of_what_is_left() -> None:
    """If this fails, a stage looks more decided than it is because it has fewer candidates."""
    supernet = make_supernet()
    with torch.no_grad():
        for alpha in supernet.alpha.values():
            alpha.fill_(0)
    supernet.dropped = {cell: torch.arange(8).expand(9, 8) > 2 for cell in supernet.alpha}
    assert supernet.entropy() == pytest.approx(1)
    assert list(supernet.shares().values()) == pytest.approx([1 / 3] * 3 + [0] * 5)


def skips(genotype: Genotype) -> int:
    return sum(name == "skip_connect" for name, _ in genotype.normal)


def plain(supernet: Supernet, most: int) -> tuple[tuple[str, int], ...]:
    """Read a normal cell off, taking out one weakest skip-connection after the other."""
    operations = supernet.settings.operations
    weights, edge_weights = supernet.mixing_weights("normal")
    table: Tensor = weights.detach().clone()
    strength = table if edge_weights is None else table * edge_weights.detach()[:, None]
    while True:
        cell = strongest_edges(table, edge_weights, operations)
        rows = [sum(incoming(place // 2)) + source for place, (name, source) in enumerate(cell) if "skip" in name]
        if len(rows) <= most:
            return cell
        weakest = min(rows, key=lambda row: float(strength[row, operations.index("skip_connect")]))
        table[weakest, operations.index("skip_connect")] = 0


@pytest.mark.parametrize("partial", [1, 2])
def test_skip_connections_are_held_to_a_number(partial: int) -> None:
    """If this fails, P-DARTS returns cells with more skip-connections than allowed, or takes out the wrong ones."""
    held = 0
    for seed in range(6):
        supernet = make_supernet(seed, partial, favour=3.0)
        strongest = supernet.genotype()
        for most in range(4):
            found = with_few_skips(supernet, most)
            assert isinstance(found, Genotype)
            assert skips(found) <= most
            assert found.normal == plain(supernet, most)
            assert found.reduce == strongest.reduce
            held += found != strongest
        assert with_few_skips(supernet, 2 * NODES) == strongest
        assert supernet.genotype() == strongest
    assert held > 6, "there were too many"


def test_a_cell_without_skip_connections_is_left_alone() -> None:
    """If this fails, the limit changes cells that keep it, or a space without skip-connections ends in an error."""
    supernet = make_supernet(favour=-50.0)
    assert with_few_skips(supernet, 0) == supernet.genotype()
    settings = SpaceSettings(cells=3, channels=4, nodes=1, operations=("none", "sep_conv_3x3", "max_pool_3x3"))
    bare = Supernet(settings, classes=3, in_channels=1)
    assert with_few_skips(bare, 0) == bare.genotype()


def test_every_edge_keeps_something_beside_none_and_skip() -> None:
    """If this fails, three kept candidates are too few for the limit of skip-connections."""
    supernet = make_supernet()
    none, skip = map(supernet.settings.operations.index, ("none", "skip_connect"))
    for third in set(range(8)) - {none, skip}:
        mask = torch.tensor([column not in {none, skip, third} for column in range(8)])
        supernet.dropped = {cell: mask.expand(9, 8) for cell in supernet.alpha}
        found = with_few_skips(supernet, 0)
        assert isinstance(found, Genotype)
        assert {name for name, _ in found.normal} == {supernet.settings.operations[third]}
