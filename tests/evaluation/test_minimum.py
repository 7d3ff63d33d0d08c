"""Minimum-norm attacks: their promises, the least distance where it is known, and their form at an eps."""

import math
from functools import partial

import pytest
import torch
from evaluation_cases import LINEAR, Linear, digits, network
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks import Attack, MinimumAttack, at_several_radii, carlini_wagner, ddn, pgd, within
from dsrna.evaluation.eight_bit import EightBits
from dsrna.evaluation.predictions import predictions
from dsrna.registry import Record
from dsrna.testing.attacks import check_attack, check_minimum_attack
from dsrna.threat import distance

SHORT = (partial(carlini_wagner, steps=30, searches=5), partial(ddn, steps=40))
BOTH = pytest.mark.parametrize("attack", SHORT, ids=["cw", "ddn"])


@BOTH
def test_it_keeps_the_promises_of_a_minimum_norm_attack(attack: MinimumAttack) -> None:
    """Else what comes back is no adversarial image, or depends on its batch; two and three classes included."""
    check_minimum_attack(attack)


@BOTH
def test_at_an_eps_it_keeps_the_promises_of_an_attack(attack: MinimumAttack) -> None:
    """Else the stage counts images that no threat model allows."""
    check_attack(Record("within", "", "", Attack(within(attack, 2.0), slow=False, norms=(2.0,))))


@pytest.mark.parametrize("attack", [partial(carlini_wagner, steps=200), ddn], ids=["cw", "ddn"])
def test_on_a_linear_model_the_least_distance_is_the_margin_over_the_norm(attack: MinimumAttack) -> None:
    """Else the distances that it reports are too large, in the one case where the least is known."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([0])
    least = 0.375 / math.sqrt(5.3125)
    found = distance(attack(LINEAR, x, y), x, 2.0).item()
    assert least <= found <= 1.01 * least


def test_cw_finds_what_lies_right_beside_a_white_image() -> None:
    """Else the images of MNIST, black and white for the most part, are moved before the search begins."""
    found = carlini_wagner(Linear(torch.ones(4), -3.99), x := torch.ones(1, 1, 2, 2), torch.tensor([1]))
    assert 0.005 <= distance(found, x, 2.0).item() <= 0.0051


def test_one_step_and_one_search_are_enough_to_begin() -> None:
    """Else the least that there is of C&W is refused. It looks where it begins, and comes back with nothing."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([0])
    assert torch.equal(carlini_wagner(LINEAR, x, y, steps=1, searches=1), x)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_ddn_crosses_nearly_all_of_the_box_if_it_must(side: float) -> None:
    """Else images far from the boundary, as bright as they can be or as dark, are called robust."""
    model = Linear(torch.full((4,), side), -0.2 if side > 0 else 3.8)
    x, y = torch.full((1, 1, 2, 2), (1 + side) / 2), torch.tensor([1])
    assert predictions(model, x) == y
    assert 1.8 < distance(ddn(model, x, y), x, 2.0).item() <= 2


@BOTH
def test_an_image_that_cannot_be_felled_comes_back(attack: MinimumAttack) -> None:
    """Else a failed search is counted as an adversarial image."""
    x, y = torch.full((3, 1, 2, 2), 0.5), torch.tensor([0, 0, 0])
    assert torch.equal(attack(Linear(torch.zeros(4), -1.0), x, y), x)


def test_ddn_returns_the_nearest_of_all_that_it_met() -> None:
    """Else what it reports is not the least L2 distance that it knows of."""
    x, y = digits().test.read(torch.arange(30)), digits().test.labels[:30]
    met: list[Tensor] = []
    with network().register_forward_hook(lambda _, given, __: met.append(given[0].clone())):
        found = ddn(network(), x, y, steps=20)
    tried = torch.stack([images for images in met if images.shape == x.shape])
    fooled = torch.stack([predictions(network(), images) != y for images in tried])
    lengths = torch.stack([distance(images, x, 2.0) for images in tried]).where(fooled, torch.inf)
    felled = fooled.any(dim=0)
    assert felled.sum() > 20
    assert torch.equal(distance(found, x, 2.0)[felled], lengths.amin(dim=0)[felled])


def test_it_is_no_weaker_than_pgd_at_the_same_eps() -> None:
    """Else the search stops far from the boundary."""
    x, y = digits().test.read(torch.arange(100)), digits().test.labels[:100]
    by_ddn, by_pgd = (
        int((predictions(network(), attack(network(), x, y, eps=0.5, norm=2.0)) == y).sum())
        for attack in (within(ddn, 2.0), pgd)
    )
    assert 0 < by_ddn <= by_pgd + 1 < 90


def test_several_radii_cost_one_search_of_a_batch() -> None:
    """Else a curve of four radii costs four searches a batch; or a later batch, or model, gets what was another's."""
    searched: list[nn.Module] = []

    def counted(model: nn.Module, x: Tensor, y: Tensor, *, seed: int | None = None) -> Tensor:
        searched.append(model)
        return ddn(model, x, y, steps=10, seed=seed)

    x, y = digits().test.read(torch.arange(40)), digits().test.labels[:40]
    alone, together = within(counted, 2.0), at_several_radii(within(counted, 2.0), network())
    for rows in (slice(20), slice(20, 40)):
        for eps in (0.2, 0.5, 1.0):
            want = alone(network(), x[rows], y[rows], eps=eps, norm=2.0)
            assert torch.equal(together(network(), x[rows], y[rows], eps=eps, norm=2.0), want)
    assert len(searched) == 6 + 2
    other = EightBits(network())
    together(other, x[20:], y[20:], eps=1.0, norm=2.0)
    assert searched[-1] is other


def test_a_norm_that_it_does_not_know_is_named() -> None:
    """Else L2 distances are compared with an eps of another norm."""
    with pytest.raises(UserError, match="a minimum-norm attack knows norm 2, not inf"):
        within(ddn, 2.0)(LINEAR, torch.full((1, 1, 2, 2), 0.5), torch.tensor([0]), eps=0.1, norm=math.inf)


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        (partial(carlini_wagner, steps=0), "at least one step and one search, not 0 and 9"),
        (partial(carlini_wagner, searches=0), "at least one step and one search"),
        (partial(carlini_wagner, step_size=0.0), "must be positive"),
        (partial(carlini_wagner, constant=math.inf), "must be positive"),
        (partial(ddn, steps=0), "at least one step"),
        (partial(ddn, radius=0.0), "positive radius"),
        (partial(ddn, gamma=1.0), "gamma between 0 and 1"),
    ],
)
def test_senseless_numbers_are_the_users_to_mend(attack: MinimumAttack, message: str) -> None:
    """Else an attack that cannot move reports perfect robustness."""
    with pytest.raises(UserError, match=message):
        attack(LINEAR, torch.full((1, 1, 2, 2), 0.5), torch.tensor([0]))
