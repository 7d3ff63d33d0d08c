"""Everything registered as a training, and its settings."""

from typing import Any

import pytest

from dsrna.errors import UserError
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.threat import Eps
from dsrna.training import FastSettings, FreeSettings, TradesSettings, TrainingSettings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "pdg"}, "unknown training 'pdg'; did you mean 'pgd'"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"learning_rate": float("nan")}, "learning_rate must be positive"),
        ({"gradient_clip": -1.0}, "gradient_clip must be positive"),
        ({"weight_decay": -1.0}, "weight_decay must be at least 0"),
        ({"label_smoothing": 1.0}, "label_smoothing must be a share"),
        ({"drop_path": -0.1}, "drop_path must be a share"),
        ({"holdout": 1.5}, "holdout must be a share"),
        ({"epochs": 5, "warmup_epochs": 5}, r"warmup_epochs \(5\) must be fewer than epochs \(5\)"),
        ({"eps": 8.0}, "did you mean 8/255"),
        ({"norm": 3.0}, "norm must be"),
        ({"step_size": -0.1}, "step_size must be positive"),
        ({"averaging": 1.0}, "averaging must be a share"),
        ({"accumulate": 0}, "accumulate must be at least 1"),
        ({"accumulate": 49}, "parts of less than two images"),
        ({"checkpoint_minutes": -1.0}, "checkpoint_minutes must be at least 0"),
    ],
)
def test_senseless_settings_are_named(wrong: dict[str, Any], message: str) -> None:
    """Else the mistake shows when the search is done, or as a network that learned nothing."""
    with pytest.raises(UserError, match=message):
        TrainingSettings(**wrong)


@pytest.mark.parametrize("step_size", [None, Eps(2 / 255)])
def test_settings_come_back_from_a_recipe(step_size: Eps | None) -> None:
    """Else a saved recipe is not the recipe that was run."""
    settings = TrainingSettings("pgd", step_size=step_size)
    assert from_plain(TrainingSettings, to_plain(settings), where="recipe") == settings


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (TradesSettings, {"beta": 0.0}, "trades.beta must be positive"),
        (TradesSettings, {"beta": float("nan")}, "trades.beta must be positive"),
        (FastSettings, {"step": -1.0}, "fast.step must be positive"),
        (FastSettings, {"fall": 0.0}, "fast.fall must be a share"),
        (FastSettings, {"fall": 1.5}, "fast.fall must be a share"),
        (FreeSettings, {"replays": 0}, "free.replays must be at least 1"),
    ],
)
def test_senseless_settings_of_one_training_are_named(kind: type, wrong: dict[str, Any], message: str) -> None:
    """Else the mistake shows as a network that is not robust, when everything is done."""
    with pytest.raises(UserError, match=message):
        kind(**wrong)
