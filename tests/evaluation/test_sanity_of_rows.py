"""Checks of the reported rows against each other."""

import pytest
from evaluation_cases import digits, network

from dsrna.evaluation import AttackRow, AttackSettings, Count, ImageFate, attack
from dsrna.evaluation.sanity import sanity_of_rows
from dsrna.evaluation.sanity.of_rows import reported_black_box, reported_ensemble, reported_steps
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps

SMALL, LARGE = Eps(0.1), Eps(0.2)


def rows(*names: tuple[str, Eps]) -> tuple[AttackRow, ...]:
    return tuple(AttackRow(name, eps, Count(1, 2), 0.0) for name, eps in names)


def fates(*standing: tuple[bool | None, ...], times: int = 1) -> tuple[ImageFate, ...]:
    return tuple(ImageFate(0, 1, 1, each) for each in standing for _ in range(times))


PAIR = rows(("pgd-20", LARGE), ("square", LARGE))


@pytest.mark.parametrize(("alone", "passed"), [(0, True), (4, True), (5, False)])
def test_a_black_box_may_fell_alone_what_chance_allows(alone: int, passed: bool) -> None:
    """Else one image by chance is a failed check, or masked gradients pass."""
    found = reported_black_box(PAIR, fates((True, False), times=alone) + fates((False, True), times=40 - alone))
    assert found is not None
    assert found.passed is passed
    assert found.finding.startswith(f"At eps 0.2 square fells {alone} of 40 images that no attack fells")


def test_what_gradients_fell_elsewhere_makes_up_for_nothing() -> None:
    """Else gradients that are masked at a part of the images pass, as PGD fells more of the others."""
    found = reported_black_box(PAIR, fates((True, False), (False, True), times=20))
    assert found is not None
    assert not found.passed


def test_only_images_that_both_faced_and_that_were_right_are_compared() -> None:
    """Else an image that PGD was not given, or that was wrong before, counts as one that it cannot fell."""
    wrong = (ImageFate(0, 1, 2, (False, False)),) * 5
    found = reported_black_box(PAIR, fates((None, False), (True, None), times=5) + fates((False, False)) + wrong)
    assert found is not None
    assert "fells 0 of 1 images" in found.finding
    assert reported_black_box(PAIR, fates((None, False), (True, None))) is None


def test_every_eps_is_looked_at_and_the_smaller_balls_lie_in_the_larger() -> None:
    """Else masked gradients show at the largest eps alone, or a find at a smaller eps is forgotten."""
    four = rows(("pgd-20", SMALL), ("pgd-20", LARGE), ("noise", SMALL), ("noise", LARGE))
    at_the_smaller = reported_black_box(four, fates((True, False, False, False), times=10))
    assert at_the_smaller is not None
    assert not at_the_smaller.passed
    assert "At eps 0.1 noise fells 10 of 10" in at_the_smaller.finding
    found_before = reported_black_box(four, fates((False, True, True, False), times=10))
    assert found_before is not None
    assert found_before.passed


@pytest.mark.parametrize(("alone", "passed"), [(0, True), (24, True), (25, False)])
def test_autoattack_may_outdo_pgd_by_what_honest_networks_allow(alone: int, passed: bool) -> None:
    """Else a network whose PGD accuracy says nothing of it is reported without a word."""
    pair = rows(("pgd-40", LARGE), ("autoattack", LARGE))
    found = reported_ensemble(pair, fates((True, False), times=alone) + fates((False, False), times=100 - alone))
    assert found is not None
    assert found.passed is passed
    assert found.finding.startswith(f"At eps 0.2 autoattack fells {alone} of 100 images that PGD does not")
    assert reported_ensemble(rows(("fgsm", LARGE), ("autoattack", LARGE)), fates((True, False), times=9)) is None


def test_rows_without_a_counterpart_have_no_check() -> None:
    """Else a check is said to have held that compared nothing."""
    assert sanity_of_rows(rows(("square", LARGE)), fates((False,))) == ()
    assert sanity_of_rows(rows(("pgd-20", LARGE)), fates((False,))) == ()
    assert sanity_of_rows(rows(("pgd-20", LARGE), ("pgd-40", SMALL)), fates((False, True), times=9)) == ()
    assert sanity_of_rows(rows(("pgd-20", SMALL), ("square", LARGE)), fates((True, False), times=9)) == ()


@pytest.mark.parametrize(("helped", "passed"), [(2, True), (3, False)])
@pytest.mark.parametrize("many_first", [False, True])
def test_more_steps_may_leave_one_image_more_or_a_twentieth(helped: int, passed: bool, many_first: bool) -> None:
    """Else gradients that mislead a long climb pass, or single images fail the check."""
    order = -1 if many_first else 1
    pair = rows(("pgd-10", LARGE), ("pgd-100", LARGE))[::order]
    found = reported_steps(
        pair, fates((False, True)[::order], times=helped) + fates((True, True), (None, True), times=40 - helped)
    )
    assert found is not None
    assert found.passed is passed
    assert f"pgd-10 leaves {40 - helped} of 40 images standing, pgd-100 40" in found.finding


def test_an_honest_network_passes_by_all_its_rows() -> None:
    """Else reports with a black box and several climbs carry doubts that nobody need have."""
    names = ("pgd-10", "pgd-20", "pgd-40", "noise", "square")
    settings = AttackSettings(names, (Eps(0.1),), images=60, slow_images=20)
    result = attack(network(), digits().test, settings, seed=0, reporter=Silent()).result
    assert [check.name for check in result.checks[-2:]] == ["reported black box", "reported steps"]
    assert result.failed == ()
    assert 0 < result.worst[0].count.correct < result.worst[0].count.total, "the case is too easy to show anything"
