"""Checks of the reported rows against each other."""

import pytest

from dsrna.evaluation import AttackRow, Count, ImageFate
from dsrna.evaluation.sanity import sanity_of_rows
from dsrna.evaluation.sanity.of_rows import reported_black_box
from dsrna.threat import Eps

SMALL, LARGE = Eps(0.1), Eps(0.2)


def rows(*names: tuple[str, Eps]) -> tuple[AttackRow, ...]:
    return tuple(AttackRow(name, eps, Count(1, 2), 0.0) for name, eps in names)


def fates(*standing: tuple[bool | None, ...], times: int = 1) -> tuple[ImageFate, ...]:
    return tuple(ImageFate(0, 1, 1, each) for each in standing for _ in range(times))


PAIR = rows(("pgd-20", LARGE), ("square", LARGE))


@pytest.mark.parametrize(("alone", "passed"), [(0, True), (2, True), (3, False)])
def test_a_black_box_may_fell_one_image_alone_or_a_twentieth(alone: int, passed: bool) -> None:
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


def test_rows_without_a_counterpart_have_no_check() -> None:
    """Else a check is said to have held that compared nothing."""
    assert sanity_of_rows(rows(("square", LARGE)), fates((False,))) == ()
    assert sanity_of_rows(rows(("pgd-20", LARGE)), fates((False,))) == ()
    assert sanity_of_rows(rows(("pgd-20", SMALL), ("square", LARGE)), fates((True, False), times=9)) == ()
