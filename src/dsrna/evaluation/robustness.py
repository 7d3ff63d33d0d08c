"""Accuracy under attack: every attack at every eps, and the worst case over them."""

import time
from collections.abc import Sequence
from typing import Final

from torch import nn

from dsrna.data import Images, Subset, batches
from dsrna.evaluation.attacks import ATTACKS
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.counts import counted
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.results import AttackResult, Examples, WorstRow
from dsrna.evaluation.settings import AttackSettings
from dsrna.evaluation.trial import Trial
from dsrna.runtime.modes import evaluating
from dsrna.runtime.progress import Reporter
from dsrna.threat import Eps

EXAMPLES: Final = 8


def attack(
    model: nn.Module, images: Images, settings: AttackSettings, *, seed: int, reporter: Reporter
) -> tuple[AttackResult, Examples]:
    """Attack the model on the chosen ``images``, which lie on its device, and count what stands.

    An image that is classified wrongly to begin with counts as fallen and is not attacked. The examples are the
    first images felled by the last listed attack (the strongest, by custom) at the largest eps.
    """
    started = time.monotonic()
    order = chosen(images.labels, settings.images, settings.slow_images)
    trials = _trials(settings, len(order), seed)
    clean: list[bool] = []
    with reporter.stage("attack", total=sum(t.images for t in trials), unit="images") as stage, evaluating(model):
        for x, y in batches(Subset(images, order), settings.batch_size):
            right = predictions(model, x) == y
            clean += right.tolist()
            for trial in trials:
                stage.step(trial.face(model, x, y, right), robustness=trial.count().accuracy)
    result = AttackResult(
        norm=settings.norm,
        clean=counted(clean),
        rows=tuple(trial.row() for trial in trials),
        worst=tuple(_worst(trials, eps) for eps in settings.eps if any(trial.eps <= eps for trial in trials)),
        seconds=time.monotonic() - started,
    )
    return result, _shown(trials).examples()


def _trials(settings: AttackSettings, available: int, seed: int) -> list[Trial]:
    return [
        Trial(name, eps, settings.norm, min(_cap(settings, name) or available, available), seed, keep=EXAMPLES)
        for name in settings.attacks
        for eps in _radii(settings, name)
    ]


def _radii(settings: AttackSettings, name: str) -> tuple[Eps, ...]:
    few = settings.slow_eps if ATTACKS[name].slow else None
    return tuple(eps for eps in settings.eps if few is None or eps in few)


def _cap(settings: AttackSettings, name: str) -> int | None:
    return settings.slow_images if ATTACKS[name].slow else settings.images


def _worst(trials: Sequence[Trial], eps: float) -> WorstRow:
    """A ball holds every smaller one, so what fell at a smaller eps has fallen at this one."""
    upto = [trial for trial in trials if trial.eps <= eps]
    seen = min(trial.images for trial in trials)
    fates = zip(*(trial.standing[:seen] for trial in upto), strict=True)
    return WorstRow(Eps(eps), counted([all(fate) for fate in fates]))


def _shown(trials: Sequence[Trial]) -> Trial:
    last = [trial for trial in trials if trial.attack == trials[-1].attack]
    return max(last, key=lambda trial: trial.eps)
