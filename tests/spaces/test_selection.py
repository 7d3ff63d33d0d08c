"""The expected count of an architecture drawn by its strengths, against every draw there is."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dsrna.runtime.seeds import generator
from dsrna.spaces import SPACES, NetworkSettings, Sizes, SpaceSettings, Supernet
from dsrna.spaces.selection import Choice, Rule, expected_selection, sharpened

SETTINGS = SpaceSettings(cells=2, channels=2, nodes=2, operations=("none", "skip_connect", "sep_conv_3x3"))
NETWORK = NetworkSettings(cells=3, channels=4)
SHAPE = (1, 5, 7)


def make_sizes() -> Sizes:
    return SPACES["darts"].sizes(SETTINGS, NETWORK, 3, SHAPE)


def strengths(seed: int, rule: Rule) -> dict[str, Tensor]:
    """As strengths are: not negative, 0 for ``none``."""
    draw = generator(seed)
    shape = (sum(rule.groups), len(rule.operations))
    allowed = torch.tensor([column in rule.candidates for column in range(shape[1])])
    return {cell: torch.rand(*shape, generator=draw, dtype=torch.float64) * allowed for cell in rule.cells}


def draws(rule: Rule, table: Tensor) -> Iterator[tuple[float, tuple[tuple[int, int], ...]]]:
    """Every way to draw a cell, edge by edge, with its probability."""
    rows: list[list[float]] = table.tolist()
    groups, start = [], 0
    for size in rule.groups:
        ways = []
        for edges in permutations(range(start, start + size), rule.kept):
            left, chance = list(range(start, start + size)), 1.0
            for edge in edges:
                chance *= max(rows[edge]) / sum(max(rows[each]) for each in left)
                left.remove(edge)
            for columns in product(rule.candidates, repeat=rule.kept):
                chosen = tuple(zip(edges, columns, strict=True))
                by = [rows[edge][column] / sum(rows[edge]) for edge, column in chosen]
                ways.append((chance * torch.tensor(by, dtype=torch.float64).prod().item(), chosen))
        groups.append(ways)
        start += size
    for parts in product(*groups):
        yield math.prod(chance for chance, _ in parts), tuple(edge for _, edges in parts for edge in edges)


def test_the_expected_count_is_the_mean_over_all_draws() -> None:
    """If this fails, the multiplier holds another number in the band than the expected size."""
    sizes = make_sizes()
    tables = strengths(0, sizes.rule)
    for name, expected in sizes.expected(tables).items():
        counts, total = sizes.counts[name], 0.0
        for cell, table in tables.items():
            ways = list(draws(sizes.rule, sharpened(table, sizes.rule)))
            assert sum(chance for chance, _ in ways) == pytest.approx(1)
            total += sum(chance * (counts.of({cell: chosen}) - counts.base) for chance, chosen in ways)
        assert expected.item() == pytest.approx(counts.base + total)


def test_the_mean_count_is_that_of_every_architecture_alike() -> None:
    """If this fails, a search that holds its size holds another than random draws have."""
    sizes = make_sizes()
    alike = torch.ones(sum(sizes.rule.groups), len(sizes.rule.operations), dtype=torch.float64)
    alike[:, [column for column in range(alike.shape[1]) if column not in sizes.rule.candidates]] = 0
    ways = list(draws(sizes.rule, alike))
    for name, mean in sizes.means().items():
        count = sizes.counts[name]
        terms = [
            chance * sum(int(table[edge]) for edge in chosen)
            for table in count.tables.values()
            for chance, chosen in ways
        ]
        assert math.isclose(mean, count.base + math.fsum(terms), rel_tol=1e-12)


def test_candidates_that_are_gone_change_nothing() -> None:
    """If this fails, expected sizes jump where candidates are dropped, though what is left weighs the same."""
    rule = make_sizes().rule
    table = strengths(2, rule)["normal"]
    table[:, 1] = 0
    fewer = replace(rule, operations=("none", "sep_conv_3x3"), candidates=(1,))
    torch.testing.assert_close(sharpened(table, rule)[:, [0, 2]], sharpened(table[:, [0, 2]], fewer))
    assert (sharpened(table, rule)[:, 1] == 0).all()


def test_the_gradient_is_that_of_finite_differences() -> None:
    """If this fails, the search is pushed another way than towards the band."""
    sizes = make_sizes()
    tables = strengths(1, sizes.rule)
    alphas = tuple(table.log().clamp_min(-30).requires_grad_() for table in tables.values())

    def counted(*alpha: Tensor) -> Tensor:
        mixed = (torch.softmax(each, dim=1) for each in alpha)
        drawn = {cell: expected_selection(each, sizes.rule) for cell, each in zip(tables, mixed, strict=True)}
        return sizes.counts["parameters"].expected(drawn) / 1000

    torch.autograd.gradcheck(counted, alphas)


def choices(rule: Rule) -> st.SearchStrategy[Choice]:
    starts = [sum(rule.groups[:index]) for index in range(len(rule.groups))]
    groups = [
        st.permutations(range(start, start + size)).map(lambda edges: edges[: rule.kept])
        for start, size in zip(starts, rule.groups, strict=True)
    ]
    edges = st.tuples(*groups).map(lambda parts: [edge for part in parts for edge in part])
    cell = st.tuples(edges, st.lists(st.sampled_from(rule.candidates), min_size=20, max_size=20)).map(
        lambda pair: tuple(sorted(zip(*pair, strict=False)))
    )
    return st.fixed_dictionaries(dict.fromkeys(rule.cells, cell))


@pytest.mark.parametrize("space", SPACES.names())
def test_one_architecture_is_counted_exactly(space: str) -> None:
    """If this fails, tables and networks differ, or the expectation of a decided search is not its result."""
    record = SPACES[space]
    searched = SpaceSettings(name=space, cells=3, channels=2, operations=record.operations)
    sizes = record.sizes(searched, NETWORK, 3, SHAPE)

    @settings(max_examples=10)
    @given(choices(sizes.rule))
    def check(choice: Choice) -> None:
        decided = {cell: torch.zeros(sum(sizes.rule.groups), len(searched.operations)) for cell in sizes.rule.cells}
        for cell, edges in choice.items():
            for edge in edges:
                decided[cell][edge] = 1
                assert expected_selection(decided[cell], sizes.rule)[edge] == 1
        built = sizes.rule.read(choice).build(NETWORK.cells, NETWORK.channels, 3, in_channels=1)
        wanted = counted(built)
        assert {name: count.of(choice) for name, count in sizes.counts.items()} == wanted
        assert {name: count.item() for name, count in sizes.expected(decided).items()} == wanted

    check()


def counted(network: torch.nn.Module) -> Mapping[str, int]:
    from dsrna.spaces import multiply_adds, parameters

    return {"parameters": parameters(network), "multiply-adds": multiply_adds(network, SHAPE)}


def test_strengths_are_those_that_a_genotype_is_read_off_by() -> None:
    """If this fails, the architecture that is counted is not the one that is found."""
    for partial in (1, 2):
        searched = SpaceSettings(cells=1, channels=2, nodes=3, partial_channels=partial)
        supernet = Supernet(searched, classes=3, in_channels=1)
        for parameter in supernet.architecture_parameters():
            torch.nn.init.normal_(parameter, generator=generator(partial))
        sizes = SPACES["darts"].sizes(searched, NETWORK, 3, SHAPE)
        assert sizes.strongest(supernet.strengths(), {}) == supernet.genotype()


def test_sharpening_does_not_depend_on_the_scale() -> None:
    """If this fails, the expected size of a young search is that of a uniform draw, whatever it prefers."""
    rule = make_sizes().rule
    logarithms = strengths(3, rule)["normal"].log()
    mild, bold = (sharpened((scale * logarithms).exp(), rule) for scale in (0.01, 0.1))
    torch.testing.assert_close(mild, bold)
    assert mild[:, 0].eq(0).all(), "none cannot be kept"
    torch.testing.assert_close(mild.log()[:, 1:].argmax(1), logarithms[:, 1:].argmax(1))
