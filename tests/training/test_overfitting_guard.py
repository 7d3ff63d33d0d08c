"""The guard against catastrophic overfitting."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from scripted import script
from torch import Tensor, nn
from training_cases import Network, digits, trained

from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.progress import Silent
from dsrna.training import TRAININGS, Guard, Moment, Training, TrainingEpoch, TrainingSettings, fast, pgd
from dsrna.training.guard import judged

SETTINGS = TrainingSettings("fast", epochs=4, batch_size=60, steps=2)


def row(several: float, one: float) -> TrainingEpoch:
    return TrainingEpoch(1, 4, 1.0, 0.5, None, None, 0.1, 1.0, Guard(several, one, overfitted=False))


@pytest.mark.parametrize(
    ("several", "one", "overfitted"),
    [
        (0.02, 0.80, True),
        (0.20, 0.45, True),
        (0.35, 0.80, False),
        (0.10, 0.15, False),
        (0.45, 0.50, False),
    ],
    ids=["collapsed", "collapsing", "noise", "a bad epoch", "better"],
)
def test_only_a_fall_of_one_without_the_other_is_overfitting(several: float, one: float, overfitted: bool) -> None:
    """Else the guard sleeps, or takes sound epochs back."""
    history = [row(0.30, 0.35), row(0.40, 0.46), row(0.38, 0.44)]
    assert judged(several, one, history, fall=0.25).overfitted is overfitted


def test_the_first_epoch_cannot_be_overfitted() -> None:
    """Else there is nothing to go back to."""
    assert not judged(0.0, 0.9, [], fall=0.25).overfitted


class Telling(Silent):
    """Notes what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


class Watch:
    """Notes the weights that each method begins an epoch of one batch with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[tuple[str, Tensor]] = []
        for name, method in (("fast", fast), ("pgd", pgd)):
            record = replace(TRAININGS.record(name), value=self.noting(name, method))
            monkeypatch.setitem(TRAININGS._records, name, record)

    def noting(self, name: str, method: Training) -> Training:
        def noted(
            model: nn.Module, x: Tensor, y: Tensor, settings: TrainingSettings, moment: Moment
        ) -> tuple[Tensor, Tensor]:
            self.begun.append((name, model.get_parameter("classifier.weight").detach().clone()))
            return method(model, x, y, settings, moment)

        return noted


@pytest.mark.parametrize("holdout", [0.0, 0.2])
def test_it_goes_back_and_on_by_pgd_and_says_so(
    holdout: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Else an overfitted network goes on being trained, or is what comes out."""
    script(monkeypatch, robust_accuracy=[0.3, 0.4, 0.01, 0.2], accuracy=[0.5] * 4, one_step_accuracy=[0.3, 0.4, 0.9])
    watch, reporter = Watch(monkeypatch), Telling()
    settings = replace(SETTINGS, batch_size=len(digits().train), holdout=holdout)
    found = trained(Network(), settings, reporter=reporter, checkpoints=Checkpoints(tmp_path))
    assert [name for name, _ in watch.begun] == ["fast", "fast", "fast", "pgd"]
    assert torch.equal(watch.begun[2][1], watch.begun[3][1]), "the weights after the second epoch"
    assert [row.guard is not None and row.guard.overfitted for row in found.history] == [False, False, True, False]
    (said,) = (line for line in reporter.said if "held out" not in line)
    assert said.startswith("train, epoch 3: catastrophic overfitting")
    assert "back to epoch 2, and on by pgd" in said
    assert found.epoch == (2 if holdout else 4)


@pytest.mark.parametrize("changes", [{"holdout": 0.0}, {"holdout": 0.2}, {"holdout": 0.2, "select": "last"}])
def test_a_last_epoch_that_is_taken_back_is_not_the_one_told(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else `model.json` names an epoch whose weights are gone, or the best are written twice, once as the last."""
    script(
        monkeypatch, robust_accuracy=[0.3, 0.4, 0.35, 0.01], accuracy=[0.5] * 4, one_step_accuracy=[0.3, 0.4, 0.4, 0.9]
    )
    found = trained(Network(), replace(SETTINGS, **changes))
    assert found.history[-1].guard is not None
    assert found.history[-1].guard.overfitted
    assert (found.epoch, found.others) == (2, {})


def test_a_sound_training_is_left_alone() -> None:
    """Else nobody can train by one step."""
    found = trained(Network(), replace(SETTINGS, holdout=0.2))
    assert [row.guard is not None and row.guard.overfitted for row in found.history] == 4 * [False]


def test_other_trainings_have_no_guard() -> None:
    """Else every epoch of theirs is looked at once more."""
    found = trained(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), replace(SETTINGS, method="pgd"))
    assert all(row.guard is None for row in found.history)
