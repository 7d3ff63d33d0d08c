"""The guard against catastrophic overfitting: a network that has learnt to mislead a single step."""

from collections.abc import Sequence

from dsrna.training.history import Guard, TrainingEpoch
from dsrna.training.settings import TrainingSettings


def method_now(history: Sequence[TrainingEpoch], settings: TrainingSettings) -> str:
    """Return by what the next epoch is trained: once overfitting was seen, by steps that cannot be misled."""
    return "pgd" if any(row.guard is not None and row.guard.overfitted for row in history) else settings.method


def judged(pgd: float, one_step: float, history: Sequence[TrainingEpoch], fall: float) -> Guard:
    """Return what the guard makes of an epoch's accuracies under several steps and under one.

    docs/explanation/training.md has the formula: the first has fallen far, and the second not with it.
    """
    before = [row.guard for row in history if row.guard is not None]
    best = max(before, key=lambda guard: guard.pgd, default=Guard(pgd, one_step, overfitted=False))
    lost = best.pgd - pgd
    overfitted = lost > fall * best.pgd and best.one_step - one_step < lost / 2
    return Guard(pgd, one_step, overfitted)
