"""Settings of attacks: what makes no sense is said before hours have passed."""

from pathlib import Path
from typing import Any

import pytest

from dsrna.errors import UserError
from dsrna.evaluation import AttackSettings
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.threat import Norm


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"attacks": ()}, "one at least"),
        ({"attacks": ("fgsm", "fgsm")}, "must be different"),
        ({"attacks": ("pdg-20",)}, "unknown attack 'pdg-20'; did you mean 'pgd-20'"),
        ({"eps": ()}, "one at least"),
        ({"eps": (0.1, 0.1)}, "must be different"),
        ({"eps": (8.0,)}, "did you mean 8/255"),
        ({"norm": 3.0}, "norm must be"),
        ({"attacks": ("cw",)}, "attack 'cw' knows norm 2, not inf; change the norm or leave it out"),
        ({"attacks": ("pgd-20", "square"), "norm": 1.0}, "attack 'square' knows norm inf or 2, not 1"),
        ({"images": 0}, "images must be at least 1"),
        ({"slow_images": -1}, "slow_images must be at least 1"),
        ({"sanity": -1}, "sanity must be a number of images"),
        ({"examples": 0}, "examples must be at least 1"),
        ({"attacks": ("transfer-pgd-20",)}, "'transfer-pgd-20' comes from the network of another run"),
        ({"source": Path("runs/other")}, "attack.source is for transfer attacks, .* none of transfer-pgd-20"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_senseless_attack_settings_are_named(wrong: dict[str, Any], message: str) -> None:
    """Else the mistake shows after search and training, or never."""
    with pytest.raises(UserError, match=message):
        AttackSettings(**wrong)


def test_attack_settings_come_back_from_a_recipe() -> None:
    """Else a saved recipe is not the recipe that was run."""
    given = AttackSettings(norm=Norm(2.0))
    assert from_plain(AttackSettings, to_plain(given), where="recipe") == given
