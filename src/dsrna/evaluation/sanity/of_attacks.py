"""Checks that the attacks do what attacks do on an honest model."""

from dsrna.evaluation.attacks import ATTACKS, noise, square
from dsrna.evaluation.results import Check
from dsrna.evaluation.sanity.case import FEW_STEPS, LARGE_RESTARTS, LARGE_STEPS, MANY_STEPS, QUERIES, Case, told


def large_ball(case: Case) -> Check:
    """Accuracy reaches 0 as eps grows to the whole box (Athalye et al. 2018, section 3.1)."""
    eps = case.x[0].numel() ** (1 / case.threat.norm)
    left = int(case.left_by_pgd(eps, LARGE_STEPS, restarts=LARGE_RESTARTS).sum())
    return told(
        "large eps",
        passed=left <= case.slack,
        seen=f"PGD leaves {left} of {case.images} images standing at eps {eps:.3g}, where all images are in reach",
        doubt="it is the attack that fails, not the model that withstands",
    )


def more_steps(case: Case) -> Check:
    few, many = int(case.few.sum()), int(case.many.sum())
    return told(
        "more steps",
        passed=many <= few + case.slack,
        seen=(
            f"PGD of {FEW_STEPS} steps leaves {few} of {case.images} images standing at eps {case.eps}, "
            f"of {MANY_STEPS} steps {many}"
        ),
        doubt="more steps help the defender, so the gradients mislead",
    )


def converged(case: Case) -> Check:
    """An attack that still gains by more steps was stopped too early (Carlini et al. 2019, section 5)."""
    missed = int((case.standing & ~(case.few & case.many)).sum())
    return told(
        "attacks at their end",
        passed=missed <= case.slack,
        seen=(
            f"PGD of up to {MANY_STEPS} steps fells {missed} of {int(case.standing.sum())} images that the attacks "
            f"left standing at eps {case.eps}"
        ),
        doubt="they stopped too early, take stronger ones",
    )


def black_box(case: Case) -> Check:
    """Who knows the gradients also knows the logits (Athalye et al. 2018, section 3.1)."""
    eps, norm = case.threat.eps, case.threat.norm
    if norm in ATTACKS["square"].norms:
        name, found = "Square", square(case.model, case.x, case.y, eps=eps, norm=norm, queries=QUERIES, seed=case.seed)
    else:
        name, found = "Noise", noise(case.model, case.x, case.y, eps=eps, norm=norm, draws=QUERIES, seed=case.seed)
    black, white = int(case.left(found, case.threat.eps).sum()), int(case.by_gradients.sum())
    return told(
        "black box",
        passed=black >= white,
        seen=(
            f"{name} of {QUERIES} queries leaves {black} of {case.images} images standing at eps {case.eps}, "
            f"the attacks that know the gradients {white}"
        ),
        doubt="they know more and do worse, so the gradients are masked, or those attacks too weak",
    )
