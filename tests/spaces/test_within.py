"""The most probable architecture in a band, against all architectures of a small space."""

import math
from itertools import combinations, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dsrna.runtime.seeds import generator
from dsrna.spaces import SPACES, NetworkSettings, SpaceSettings, multiply_adds, parameters
from dsrna.spaces.nasbench201 import CANDIDATES
from dsrna.spaces.selection import Choice, Rule

SETTINGS = SpaceSettings(
    cells=2, channels=2, nodes=1, operations=("none", "skip_connect", "sep_conv_3x3", "dil_conv_5x5")
)
NETWORK = NetworkSettings(cells=2, channels=4)
SHAPE = (1, 6, 6)
SIZES = SPACES["darts"].sizes(SETTINGS, NETWORK, 3, SHAPE)
SECOND = SPACES["nasbench201"].sizes(
    SpaceSettings("nasbench201", operations=CANDIDATES), NetworkSettings(cells=3, channels=4), 3, SHAPE
)
LARGE = SPACES["darts"].sizes(SpaceSettings(nodes=3), NETWORK, 3, SHAPE)


def random_strengths(rule: Rule, seed: int) -> dict[str, Tensor]:
    draw, shape = generator(seed), (sum(rule.groups), len(rule.operations))
    return {cell: torch.rand(*shape, generator=draw) for cell in rule.cells}


def every_choice(rule: Rule) -> list[Choice]:
    cells = []
    for edges in combinations(range(sum(rule.groups)), rule.kept):
        cells += [tuple(zip(edges, each, strict=True)) for each in product(rule.candidates, repeat=rule.kept)]
    return [dict(zip(rule.cells, pair, strict=True)) for pair in product(cells, repeat=len(rule.cells))]


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_best_of_all(seed: int) -> None:
    """If this fails, a search with a budget returns less than it has found."""
    tables = random_strengths(SIZES.rule, seed)
    least, most = SIZES.counts["parameters"].span(SIZES.rule)
    lower, upper = SIZES.counts["multiply-adds"].span(SIZES.rule)
    bands = {
        "parameters": (least, (least + most) // 2),
        "multiply-adds": ((3 * lower + upper) // 4, (lower + 3 * upper) // 4),
    }

    def score(choice: Choice) -> float:
        return sum(math.log(tables[cell][edge]) for cell, edges in choice.items() for edge in edges)

    def inside(choice: Choice) -> bool:
        return all(low <= SIZES.counts[name].of(choice) <= high for name, (low, high) in bands.items())

    best = max(filter(inside, every_choice(SIZES.rule)), key=score)
    assert SIZES.strongest(tables, bands) == SIZES.rule.read(best)


@pytest.mark.parametrize("end", [0.2, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_in_the_second_space_it_is_the_best_that_sees_the_image(seed: int, end: float) -> None:
    """If this fails, a budget brings back a cell that computes nothing."""
    rule, count = SECOND.rule, SECOND.counts["parameters"]
    tables = random_strengths(rule, seed)
    tables["normal"][:, rule.operations.index("none")] += 2.0
    least, most = count.span(rule)
    band = (least, int(least + end * (most - least)))
    choices: list[Choice] = [{"normal": tuple(enumerate(each))} for each in product(rule.candidates, repeat=6)]
    fitting = [each for each in choices if count.of(each) <= band[1] and rule.read(each).connected()]
    best = max(fitting, key=lambda each: sum(math.log(tables["normal"][place]) for place in each["normal"]))
    assert SECOND.strongest(tables, {"parameters": band}) == rule.read(best)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 0.2))
def test_what_is_found_lies_in_the_band(seed: int, start: float, width: float) -> None:
    """If this fails, methods are compared at different sizes after all."""
    for name in LARGE.counts:
        least, most = LARGE.counts[name].span(LARGE.rule)
        band = (int(least + start * (most - least)), int(least + (start + width) * (most - least)))
        found = LARGE.strongest(random_strengths(LARGE.rule, seed), {name: band})
        assert (found is not None) == LARGE.reachable({name: band})
        if found is not None:
            network = found.build(NETWORK.cells, NETWORK.channels, 3, in_channels=1)
            size = parameters(network) if name == "parameters" else multiply_adds(network, SHAPE)
            assert band[0] <= size <= band[1]


def test_the_span_is_that_of_the_space() -> None:
    """If this fails, a budget is refused that can be met, or the other way round."""
    counts = SIZES.counts["multiply-adds"]
    sizes = [counts.of(choice) for choice in every_choice(SIZES.rule)]
    assert counts.span(SIZES.rule) == (min(sizes), max(sizes))


def test_what_is_out_of_reach_is_none() -> None:
    """If this fails, a search ends with an architecture that was not asked for."""
    most = SIZES.counts["parameters"].span(SIZES.rule)[1]
    assert not SIZES.reachable({"parameters": (most + 1, 2 * most)})
    assert SIZES.reachable({"parameters": (most, most)})
