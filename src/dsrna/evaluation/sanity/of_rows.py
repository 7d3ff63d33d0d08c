"""Checks that the reported rows do not contradict each other; they cost nothing but counting."""

from collections.abc import Sequence
from itertools import count, permutations
from typing import Final, NamedTuple

from scipy import special

from dsrna.evaluation.attack_images import ImageFate
from dsrna.evaluation.attacks import ATTACKS
from dsrna.evaluation.attacks.pgd import BY_STEPS
from dsrna.evaluation.results import AttackRow, Check
from dsrna.evaluation.sanity.case import slack, told
from dsrna.threat import format_eps

ENSEMBLE: Final = "autoattack"
MISSED: Final = 0.03
"""So large a share of images an honest network lets a long random search fell, and PGD miss, at the most."""
OUTDONE: Final = 0.15
"""So large a share of images an honest network lets AutoAttack fell, and all runs of PGD miss, at the most."""
UNLIKELY: Final = 0.01


class _Found(NamedTuple):
    """How many of the ``images`` tell against the rows, how many may, and what was seen."""

    against: int
    allowed: float
    images: int
    seen: str

    @property
    def excess(self) -> float:
        return self.against - self.allowed


def reported_black_box(rows: Sequence[AttackRow], fates: Sequence[ImageFate]) -> Check | None:
    """Hold each black box against all that know the gradients, at its eps; None where there are not both."""
    places = [place for place, row in enumerate(rows) if is_black_box(row)]
    return _worst(
        "reported black box",
        [_felled_alone(rows, fates, place) for place in places],
        "the gradients are masked, or those attacks are too weak",
    )


def reported_ensemble(rows: Sequence[AttackRow], fates: Sequence[ImageFate]) -> Check | None:
    """Hold AutoAttack against the runs of PGD, at its eps; None where there are not both."""
    places = [place for place, row in enumerate(rows) if row.attack == ENSEMBLE]
    return _worst(
        "reported ensemble",
        [_outdone(rows, fates, place) for place in places],
        f"gradients mislead the climb, and what {ENSEMBLE} leaves is the number to go by",
    )


def reported_steps(rows: Sequence[AttackRow], fates: Sequence[ImageFate]) -> Check | None:
    """Hold PGD of more steps against PGD of fewer at the same eps; None where there are not both."""
    climbs = [(place, row) for place, row in enumerate(rows) if row.attack in BY_STEPS]
    pairs = [
        (few, many)
        for (few, before), (many, after) in permutations(climbs, 2)
        if before.eps == after.eps and BY_STEPS[before.attack] < BY_STEPS[after.attack]
    ]
    return _worst(
        "reported steps",
        [_helped(rows, fates, few, many) for few, many in pairs],
        "more steps help the defender, so the gradients mislead",
    )


def is_black_box(row: AttackRow) -> bool:
    return ATTACKS[row.attack].black_box


def _felled_alone(rows: Sequence[AttackRow], fates: Sequence[ImageFate], place: int) -> _Found:
    """Count the images that the row at ``place`` felled, and no attack by gradients at its eps or a smaller one."""
    black = rows[place]
    others = [at for at, row in enumerate(rows) if not is_black_box(row)]
    alone, images = _alone(rows, fates, place, others)
    return _Found(
        alone,
        _by_chance(images, MISSED),
        images,
        f"At eps {format_eps(black.eps)} {black.attack} fells {alone} of {images} images that no attack fells "
        "which knows the gradients",
    )


def _outdone(rows: Sequence[AttackRow], fates: Sequence[ImageFate], place: int) -> _Found:
    """Count the images that AutoAttack felled, at ``place``, and no run of PGD at its eps or a smaller one."""
    climbs = [at for at, row in enumerate(rows) if row.attack in BY_STEPS]
    alone, images = _alone(rows, fates, place, climbs)
    eps = format_eps(rows[place].eps)
    said = f"At eps {eps} {ENSEMBLE} fells {alone} of {images} images that PGD does not"
    return _Found(alone, _by_chance(images, OUTDONE), images, said)


def _alone(rows: Sequence[AttackRow], fates: Sequence[ImageFate], place: int, others: Sequence[int]) -> tuple[int, int]:
    """Return how many images the row at ``place`` felled and none of the others did, and how many both faced."""
    smaller = [at for at in others if rows[at].eps <= rows[place].eps]
    here = [at for at in smaller if rows[at].eps == rows[place].eps]
    both = [fate for fate in _right(fates) if fate.faced(place) and any(map(fate.faced, here))]
    alone = sum(not fate.standing[place] and all(fate.standing[at] is not False for at in smaller) for fate in both)
    return alone, len(both)


def _by_chance(images: int, rate: float) -> float:
    """Return the most images that an attack fells alone, but for one time in a hundred, where that is the rate."""
    return next(felled for felled in count() if special.bdtrc(felled, images, rate) <= UNLIKELY)


def _helped(rows: Sequence[AttackRow], fates: Sequence[ImageFate], few: int, many: int) -> _Found:
    """Count how many more images stand against many steps than against few."""
    both = [fate.standing for fate in _right(fates) if fate.faced(few) and fate.faced(many)]
    before, after = (sum(bool(standing[place]) for standing in both) for place in (few, many))
    return _Found(
        after - before,
        slack(len(both)),
        len(both),
        f"At eps {format_eps(rows[few].eps)} {rows[few].attack} leaves {before} of {len(both)} images standing, "
        f"{rows[many].attack} {after}",
    )


def _worst(name: str, found: Sequence[_Found], doubt: str) -> Check | None:
    """Return the check by what tells most against the rows; None where no image could tell."""
    worst = max((each for each in found if each.images), key=lambda each: each.excess, default=None)
    return None if worst is None else told(name, passed=worst.excess <= 0, seen=worst.seen, doubt=doubt)


def _right(fates: Sequence[ImageFate]) -> list[ImageFate]:
    return [fate for fate in fates if fate.right]
