"""Whether a robust number is real: how an honest model looks to an attacker, held against this one.

After Athalye, Carlini and Wagner 2018 (arXiv 1802.00420, section 3.1) and Carlini et al. 2019 (arXiv 1902.06705,
sections 3 to 5). A failed check is a reason for doubt; to pass all of them proves nothing.
"""

from collections.abc import Callable, Sequence
from typing import Final

from dsrna.evaluation.attack_images import ImageFate
from dsrna.evaluation.results import AttackRow, Check
from dsrna.evaluation.sanity.case import Case
from dsrna.evaluation.sanity.of_attacks import black_box, converged, large_ball, more_steps
from dsrna.evaluation.sanity.of_model import deterministic, evaluation_mode, gradients, image_by_image
from dsrna.evaluation.sanity.of_rows import is_black_box, reported_black_box, reported_ensemble, reported_steps
from dsrna.runtime.modes import evaluating

__all__ = ["CHECKS", "ROW_CHECKS", "Case", "is_black_box", "sanity", "sanity_of_rows"]

CHECKS: Final[tuple[Callable[[Case], Check], ...]] = (
    evaluation_mode,
    deterministic,
    image_by_image,
    gradients,
    large_ball,
    more_steps,
    converged,
    black_box,
)
ROW_CHECKS: Final[tuple[Callable[[Sequence[AttackRow], Sequence[ImageFate]], Check | None], ...]] = (
    reported_black_box,
    reported_ensemble,
    reported_steps,
)


def sanity(case: Case) -> tuple[Check, ...]:
    """Try every check, with the model in eval mode: some hundred gradients of the images."""
    with evaluating(case.model):
        return tuple(check(case) for check in CHECKS)


def sanity_of_rows(rows: Sequence[AttackRow], fates: Sequence[ImageFate]) -> tuple[Check, ...]:
    """Hold the reported rows against each other, by those of the checks that find something to compare."""
    found = (check(rows, fates) for check in ROW_CHECKS)
    return tuple(check for check in found if check is not None)
