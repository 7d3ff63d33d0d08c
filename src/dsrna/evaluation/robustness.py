"""Accuracy under attack: every attack at every eps, and the worst case over them."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from jaxtyping import Int64
from torch import Tensor, nn

from dsrna.data import Images, Subset, batches
from dsrna.errors import UserError
from dsrna.evaluation.attack_images import ImageFate
from dsrna.evaluation.attacks import ATTACKS, AttackFunction, at_several_radii, transferred
from dsrna.evaluation.checking import checked
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.clean import Clean
from dsrna.evaluation.corrupted import corrupted
from dsrna.evaluation.counts import counted
from dsrna.evaluation.results import AttackResult, Examples, WorstRow
from dsrna.evaluation.settings import AttackSettings
from dsrna.evaluation.trial import Trial
from dsrna.runtime.memory import Halves
from dsrna.runtime.modes import evaluating
from dsrna.runtime.progress import Reporter
from dsrna.threat import Eps


class Attacked(NamedTuple):
    """What the attacks come to, a few images that they felled, and how each image fared."""

    result: AttackResult
    examples: Examples
    images: tuple[ImageFate, ...]


def attack(
    model: nn.Module,
    images: Images,
    settings: AttackSettings,
    *,
    seed: int,
    reporter: Reporter,
    source: nn.Module | None = None,
) -> Attacked:
    """Attack the model on the chosen ``images``, which lie on its device, and count what stands.

    An image that is classified wrongly to begin with counts as fallen and is not attacked. The examples are
    ``settings.examples`` images, of all classes in turn, felled by the last listed attack (the strongest, by custom) at
    the largest eps. Transfer attacks come from ``source``, the network of the run that ``settings.source`` names. Where
    memory does not suffice for a batch, its halves are attacked. In the end it is checked that the numbers are real, on
    ``settings.sanity`` images and by the rows themselves.
    """
    started = time.monotonic()
    order = chosen(images.labels, settings.images, settings.slow_images)
    faced = Subset(images, order)
    halves = Halves(reporter.say)
    runs = {name: _run(name, model, source) for name in settings.attacks}
    trials = _trials(settings, len(order), seed, runs, halves)
    shown = _shown(trials)
    shown.keep = settings.examples
    clean = Clean(halves)
    with reporter.stage("attack", total=sum(t.images for t in trials), unit="images") as stage, evaluating(model):
        for x, y in batches(faced, settings.batch_size):
            right = clean.look(model, x, y)
            for trial in trials:
                stage.step(trial.face(model, x, y, right), robustness=trial.count().accuracy)
    fates = _fates(order, faced.labels, clean.predicted, trials)
    rows = tuple(trial.row() for trial in trials)
    result = AttackResult(
        norm=settings.norm,
        clean=counted([fate.right for fate in fates]),
        rows=rows,
        worst=tuple(_worst(trials, eps) for eps in settings.eps if any(trial.eps <= eps for trial in trials)),
        eight_bit=settings.eight_bit,
        checks=checked(model, faced, fates, rows, settings=settings, seed=seed, reporter=reporter, room=halves.most),
        corruptions=corrupted(
            model, faced, settings.corruptions, batch_size=settings.batch_size, seed=seed, halves=halves
        ),
        top5=clean.top5,
        source=settings.source,
        seconds=time.monotonic() - started,
    )
    return Attacked(result, shown.examples(order), fates)


def _run(name: str, model: nn.Module, source: nn.Module | None) -> AttackFunction:
    attack = ATTACKS[name]
    if not attack.transfers:
        return at_several_radii(attack.run, model)
    if source is None:
        raise UserError(f"{name} comes from another model: give the source")
    return transferred(attack.run, source)


def _trials(
    settings: AttackSettings, available: int, seed: int, runs: Mapping[str, AttackFunction], halves: Halves
) -> list[Trial]:
    trial = partial(Trial, norm=settings.norm, seed=seed, eight_bit=settings.eight_bit, halves=halves)
    return [
        trial(name, run, eps, images=_cap(settings, name, available))
        for name, run in runs.items()
        for eps in _radii(settings, name)
    ]


def _radii(settings: AttackSettings, name: str) -> tuple[Eps, ...]:
    few = settings.slow_eps if ATTACKS[name].slow else None
    return tuple(eps for eps in settings.eps if few is None or eps in few)


def _cap(settings: AttackSettings, name: str, available: int) -> int:
    wanted = settings.slow_images if ATTACKS[name].slow else settings.images
    return min(wanted or available, available)


def _worst(trials: Sequence[Trial], eps: float) -> WorstRow:
    """A ball holds every smaller one, so what fell at a smaller eps has fallen at this one."""
    upto = [trial for trial in trials if trial.eps <= eps]
    seen = min(trial.images for trial in trials)
    fates = zip(*(trial.standing[:seen] for trial in upto), strict=True)
    return WorstRow(Eps(eps), counted([all(fate) for fate in fates]))


def _shown(trials: Sequence[Trial]) -> Trial:
    last = [trial for trial in trials if trial.attack == trials[-1].attack]
    return max(last, key=lambda trial: trial.eps)


def _fates(
    order: Int64[Tensor, "chosen"], labels: Int64[Tensor, "chosen"], said: Sequence[int], trials: Sequence[Trial]
) -> tuple[ImageFate, ...]:
    return tuple(
        ImageFate(index, label, predicted, tuple(trial.fate(place) for trial in trials))
        for place, (index, label, predicted) in enumerate(zip(order.tolist(), labels.tolist(), said, strict=True))
    )
