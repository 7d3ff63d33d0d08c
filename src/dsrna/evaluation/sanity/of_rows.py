"""Checks that the reported rows do not contradict each other; they cost nothing but counting."""

from collections.abc import Sequence
from typing import NamedTuple

from dsrna.evaluation.attack_images import ImageFate
from dsrna.evaluation.attacks import ATTACKS
from dsrna.evaluation.results import AttackRow, Check
from dsrna.evaluation.sanity.case import slack, told
from dsrna.threat import format_eps


class _Found(NamedTuple):
    """How many of the ``images`` tell against the rows, and what was seen."""

    against: int
    images: int
    seen: str

    @property
    def excess(self) -> float:
        return self.against - slack(self.images)


def reported_black_box(rows: Sequence[AttackRow], fates: Sequence[ImageFate]) -> Check | None:
    """Hold each black box against all that know the gradients, at its eps; None where there are not both."""
    places = [place for place, row in enumerate(rows) if is_black_box(row)]
    return _worst(
        "reported black box",
        [_felled_alone(rows, fates, place) for place in places],
        "the gradients are masked, or those attacks are too weak",
    )


def is_black_box(row: AttackRow) -> bool:
    return ATTACKS[row.attack].black_box


def _felled_alone(rows: Sequence[AttackRow], fates: Sequence[ImageFate], place: int) -> _Found:
    """Count the images that the row at ``place`` felled, and no attack by gradients at its eps or a smaller one."""
    black = rows[place]
    smaller = [at for at, row in enumerate(rows) if row.eps <= black.eps and not is_black_box(row)]
    here = [at for at in smaller if rows[at].eps == black.eps]
    both = [fate for fate in _right(fates) if fate.faced(place) and any(map(fate.faced, here))]
    alone = sum(not fate.standing[place] and all(fate.standing[at] is not False for at in smaller) for fate in both)
    return _Found(
        alone,
        len(both),
        f"At eps {format_eps(black.eps)} {black.attack} fells {alone} of {len(both)} images that no attack fells "
        "which knows the gradients",
    )


def _worst(name: str, found: Sequence[_Found], doubt: str) -> Check | None:
    """Return the check by what tells most against the rows; None where no image could tell."""
    worst = max((each for each in found if each.images), key=lambda each: each.excess, default=None)
    return None if worst is None else told(name, passed=worst.excess <= 0, seen=worst.seen, doubt=doubt)


def _right(fates: Sequence[ImageFate]) -> list[ImageFate]:
    return [fate for fate in fates if fate.predicted == fate.label]
