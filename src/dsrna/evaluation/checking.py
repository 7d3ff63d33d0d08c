"""Whether what the attacks came to is real: the checks after them."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from dsrna.data import Images, Subset, batches
from dsrna.evaluation.attack_images import ImageFate
from dsrna.evaluation.choice import spread
from dsrna.evaluation.results import AttackRow, Check
from dsrna.evaluation.sanity import Case, is_black_box, sanity, sanity_of_rows
from dsrna.evaluation.settings import AttackSettings
from dsrna.runtime.memory import ran_out
from dsrna.runtime.progress import Reporter
from dsrna.threat import Eps, ThreatModel


def checked(
    model: nn.Module,
    faced: Images,
    fates: Sequence[ImageFate],
    rows: Sequence[AttackRow],
    *,
    settings: AttackSettings,
    seed: int,
    reporter: Reporter,
    room: int | None = None,
) -> tuple[Check, ...]:
    """Try images of all classes in turn, as one batch, at the largest eps, and hold all rows against each other.

    Images that were wrong before have nothing to tell, nor do those that not every attack at the largest eps was
    given: where no other is left, that is said. No checks where ``settings.sanity`` is 0. ``room``: memory did not
    suffice for more images at once; where it does not for these, fewer are tried.
    """
    largest = [at for at, row in enumerate(rows) if row.eps == _largest(rows)]
    told = [place for place, fate in enumerate(fates) if fate.right and all(map(fate.faced, largest))]
    labels = torch.tensor([fates[place].label for place in told], dtype=torch.long)
    places = [told[row] for row in spread(labels, min(settings.sanity, settings.batch_size)).tolist()]
    if settings.sanity and not places:
        reporter.say(
            "check: no image that every attack faced was classified correctly, so the model could not be tried"
        )
    with reporter.stage("check", total=len(places), unit="images") as stage:
        case = partial(_case, model, faced, fates, rows, settings=settings, seed=seed)
        found = _with_fewer(lambda tried: sanity(case(tried)), places[:room], reporter)
        found += sanity_of_rows(rows, fates) if settings.sanity else ()
        stage.step(len(places), failed=float(sum(not check.passed for check in found)))
    return found


def _with_fewer(
    check: Callable[[Sequence[int]], tuple[Check, ...]], places: Sequence[int], reporter: Reporter
) -> tuple[Check, ...]:
    """Check images, half as many where memory does not suffice: what was found before is not lost for it."""
    while places:
        try:
            return check(places)
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
        reporter.say(f"out of memory checking {len(places)} images at once; checking {len(places) // 2}")
        places = places[: len(places) // 2]
    return ()


def _case(
    model: nn.Module,
    faced: Images,
    fates: Sequence[ImageFate],
    rows: Sequence[AttackRow],
    places: Sequence[int],
    *,
    settings: AttackSettings,
    seed: int,
) -> Case:
    x, y = next(batches(Subset(faced, torch.tensor(places)), len(places)))
    eps, judged = _largest(rows), [fates[place] for place in places]
    white = [place for place, row in enumerate(rows) if not is_black_box(row)]
    return Case(
        model,
        x,
        y,
        ThreatModel(eps, settings.norm),
        _standing(judged, range(len(rows))).to(y.device),
        seed,
        white=_standing(judged, white).to(y.device) if any(rows[place].eps == eps for place in white) else None,
        eight_bit=settings.eight_bit,
    )


def _largest(rows: Sequence[AttackRow]) -> Eps:
    return max(row.eps for row in rows)


def _standing(fates: Sequence[ImageFate], places: Iterable[int]) -> Bool[Tensor, "images"]:
    """Tell which images none of the rows at ``places`` felled."""
    return torch.tensor([all(fate.standing[place] is not False for place in places) for fate in fates])
