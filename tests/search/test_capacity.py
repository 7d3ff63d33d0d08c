"""The size of the final network is held while searching, and right at the end."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from killing import Stop, StopAfter

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchSettings, search
from dsrna.search.capacity import Capacity
from dsrna.spaces import SPACES, NetworkSettings, Sizes, SpaceSettings, Supernet, parameters

SPACE = SpaceSettings(cells=2, channels=2, nodes=2)
NETWORK = NetworkSettings(cells=3, channels=4)
SETTINGS = SearchSettings(method="darts", epochs=3, warmup_epochs=1, batch_size=8, architecture_learning_rate=0.01)


def make_supernet() -> Supernet:
    with initialising(0):
        return Supernet(SPACE, classes=3, in_channels=1, generator=generator(1))


def make_sizes() -> Sizes:
    return SPACES["darts"].sizes(SPACE, NETWORK, 3, (1, 4, 4))


def make_images() -> TensorImages:
    draw = generator(2)
    return TensorImages(torch.rand(20, 1, 4, 4, generator=draw), torch.randint(3, (20,), generator=draw))


def span() -> tuple[int, int]:
    sizes = make_sizes()
    return sizes.counts["parameters"].span(sizes.rule)


@pytest.mark.parametrize("part", [0.05, 0.95])
def test_the_multiplier_brings_the_expected_size_into_the_band(part: float) -> None:
    """If this fails, the constraint does not pull, pulls the wrong way, or never lets go."""
    least, most = span()
    band = (int(least + (part - 0.05) * (most - least)), int(least + (part + 0.05) * (most - least)))
    supernet, capacity = make_supernet(), Capacity(replace(SETTINGS, params=band), make_sizes())
    architecture = supernet.architecture_parameters()
    optimizer = torch.optim.Adam(architecture, lr=0.02)
    before = capacity.state(supernet)["parameters"].expected
    for _ in range(200):
        for parameter, value in zip(architecture, capacity.gradients(supernet), strict=True):
            parameter.grad = value
        optimizer.step()
    after = capacity.state(supernet)["parameters"]
    assert not band[0] <= before <= band[1]
    assert band[0] <= after.expected <= band[1]
    assert after.multiplier == 0


def test_without_a_band_nothing_pulls() -> None:
    """If this fails, a search without a budget is another one since there are budgets."""
    capacity = Capacity(SETTINGS, make_sizes())
    assert not any(value.any() for value in capacity.gradients(make_supernet()))
    assert capacity.state(make_supernet())["parameters"].multiplier is None


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 1.0])
def test_what_is_found_has_the_wanted_size(part: float) -> None:
    """If this fails, a budget is broken in silence."""
    least, most = span()
    size = int(least + part * (most - least))
    settings = replace(SETTINGS, params=(int(0.95 * size), int(1.05 * size)))
    supernet = make_supernet()
    result = search(supernet, make_images(), make_images(), settings, sizes=make_sizes())
    assert 0.95 * size <= parameters(result.genotype.build(3, 4, 3, in_channels=1)) <= 1.05 * size
    assert bool(result.remarks) == (result.genotype != supernet.genotype())
    assert [set(row.sizes) for row in result.history] == [{"parameters", "multiply-adds"}] * 3


def test_what_cannot_be_met_is_refused_before_the_search() -> None:
    """If this fails, days of search end without a result."""
    least, most = span()
    with pytest.raises(UserError, match=f"the final networks have {least:,} to {most:,} parameters"):
        search(make_supernet(), make_images(), make_images(), replace(SETTINGS, params=(10,)), sizes=make_sizes())
    with pytest.raises(UserError, match="pass sizes"):
        search(make_supernet(), make_images(), make_images(), replace(SETTINGS, params=(10,)))


def test_a_stopped_search_goes_on_with_its_multipliers(tmp_path: Path) -> None:
    """If this fails, a search that was killed forgets how hard it has to pull."""
    settings, images = replace(SETTINGS, params=(span()[0], span()[0] + 300), macs=(10**9,)), make_images()
    expected = search(make_supernet(), images, images, settings, sizes=make_sizes())
    with pytest.raises(Stop):
        search(
            make_supernet(),
            images,
            images,
            settings,
            sizes=make_sizes(),
            checkpoints=Checkpoints(tmp_path),
            reporter=StopAfter(2),
        )
    found = search(make_supernet(), images, images, settings, sizes=make_sizes(), checkpoints=Checkpoints(tmp_path))
    assert [row.sizes for row in found.history] == [row.sizes for row in expected.history]
    assert found.genotype == expected.genotype


@pytest.mark.parametrize("band", [(), (0,), (5, 4), (1, 2, 3)])
def test_a_band_that_is_none_is_refused(band: tuple[int, ...]) -> None:
    """If this fails, a slip of the pen is a budget."""
    with pytest.raises(UserError, match="search.macs is the most, or the least and the most"):
        replace(SETTINGS, macs=band)


def test_a_method_that_holds_finds_no_less_than_random_draws_have() -> None:
    """If this fails, the default may shrink to pooling, which every bound and Jacobian likes best."""
    floor = int(make_sizes().means()["parameters"])
    settings = replace(SETTINGS, method="dsrna-balanced", architecture_learning_rate=0.05)
    capacity = Capacity(settings, make_sizes())
    assert capacity.bands == {"parameters": (floor, span()[1])}
    result = search(make_supernet(), make_images(), make_images(), settings, sizes=make_sizes())
    assert parameters(result.genotype.build(3, 4, 3, in_channels=1)) >= floor
    assert all(row.sizes["parameters"].multiplier is not None for row in result.history)


def test_a_band_replaces_what_a_method_holds() -> None:
    """If this fails, a budget below the mean of random draws cannot be had from the default method."""
    least, _ = span()
    settings = replace(SETTINGS, method="dsrna-balanced", params=(least + 1,))
    assert Capacity(settings, make_sizes()).bands == {"parameters": (0, least + 1)}


@pytest.mark.parametrize(("method", "goal"), [("dsrna-combined", "standard"), ("dsrna-balanced", "certified")])
def test_others_hold_nothing(method: str, goal: str) -> None:
    """If this fails, what is shown as published is not that, or certificates cost the networks that suit them."""
    assert Capacity(replace(SETTINGS, method=method), make_sizes(), goal).bands == {}
