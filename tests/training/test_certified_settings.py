"""The settings of certified training."""

from typing import Any

import pytest

from dsrna.bounds import METHODS
from dsrna.errors import UserError
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.training import CertifiedSettings, TrainingSettings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bound": "intervall"}, "did you mean 'interval'"),
        ({"weight": 0.0}, "weight must be a share, above 0"),
        ({"box": 1.1}, "box must be a share, above 0 and up to 1"),
        ({"box": float("nan")}, "box must be a share"),
        ({"clean": -0.1}, "clean must be a share of the epochs"),
        ({"ramp": 1.5}, "ramp must be a share of the epochs"),
        ({"clean": 0.5, "ramp": 0.5}, "add up to less than 1"),
    ],
)
def test_senseless_settings_of_certified_training_are_named(wrong: dict[str, Any], message: str) -> None:
    """Else the mistake shows as a network without certificates, half an hour later."""
    with pytest.raises(UserError, match=message):
        CertifiedSettings(**wrong)


def test_an_unknown_loss_beside_the_bound_is_named() -> None:
    """Else a misspelt recipe trains beside clean images in silence."""
    with pytest.raises(UserError, match="beside.*noisy"):
        from_plain(CertifiedSettings, {"beside": "noisy"}, where="recipe")


def test_a_bound_without_gradients_in_the_weights_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the network is trained by its clean loss alone, or the run dies in the middle."""
    if "alpha-crown" not in METHODS.names():
        monkeypatch.setitem(METHODS._records, "alpha-crown", METHODS.record("interval"))
    with pytest.raises(UserError, match="'alpha-crown' has no gradient"):
        CertifiedSettings(bound="alpha-crown")


def test_certified_settings_come_back_from_a_recipe() -> None:
    """Else a saved recipe is not the recipe that was run."""
    settings = TrainingSettings("certified", certified=CertifiedSettings(beside="adversarial", box=0.3))
    assert from_plain(TrainingSettings, to_plain(settings), where="recipe") == settings
