"""Random genotypes: fair controls."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.spaces import (
    ARCHITECTURES,
    Genotype,
    SpaceSettings,
    drawn_within,
    multiply_adds,
    parameters,
    random_genotype,
    shuffled_genotype,
)

SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.integers(1, 4))
def test_a_draw_is_of_its_space(seed: int, nodes: int) -> None:
    """If this fails, the control holds operations that the search cannot choose, or ``none``."""
    settings = SpaceSettings(nodes=nodes, operations=("none", "skip_connect", "sep_conv_3x3"))
    genotype = random_genotype(settings, generator(seed))
    assert len(genotype.normal) == len(genotype.reduce) == 2 * nodes
    assert {name for name, _ in (*genotype.normal, *genotype.reduce)} <= {"skip_connect", "sep_conv_3x3"}


GENOTYPES = [found for name in ARCHITECTURES.names() if isinstance(found := ARCHITECTURES[name], Genotype)]


@given(SEEDS, st.sampled_from(GENOTYPES))
def test_a_shuffle_keeps_the_operations(seed: int, before: Genotype) -> None:
    """If this fails, a gain of the search is one of its operation counts, and nobody sees it."""
    after = shuffled_genotype(before, generator(seed))
    for cell in ("normal", "reduce"):
        counts = [Counter(operation for operation, _ in getattr(each, cell)) for each in (before, after)]
        assert counts[0] == counts[1]


def test_a_shuffle_is_another_cell() -> None:
    """If this fails, the control is what it is compared with."""
    before = ARCHITECTURES[ARCHITECTURES.names()[0]]
    assert isinstance(before, Genotype)
    assert any(shuffled_genotype(before, generator(seed)) != before for seed in range(3))


def test_a_draw_has_the_wanted_size() -> None:
    """If this fails, methods are compared with larger or smaller networks."""
    draw = generator(0)

    def sizes(genotype: Genotype) -> dict[str, int]:
        network = genotype.build(2, 4, 10)
        return {"parameters": parameters(network), "multiply-adds": multiply_adds(network, (3, 4, 4))}

    bands = {"parameters": (6000, 7000), "multiply-adds": (0, 19_800)}
    found = drawn_within(lambda: random_genotype(SpaceSettings(), draw), sizes, bands)
    assert 6000 <= sizes(found)["parameters"] <= 7000
    assert sizes(found)["multiply-adds"] <= 19_800
    with pytest.raises(UserError, match="none of 5000 architectures drawn has 1 to 2 parameters; they have 7 to 7 par"):
        drawn_within(lambda: found, lambda _: {"parameters": 7}, {"parameters": (1, 2)})
