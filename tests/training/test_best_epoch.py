"""Whose weights are kept and evaluated."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from scripted import script
from torch import Tensor
from training_cases import Network, learn, trained

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints, read_tensors, without_prefix
from dsrna.training import TrainingSettings

SETTINGS = TrainingSettings("pgd", epochs=4, batch_size=100, steps=1, holdout=0.2)


def numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best robust accuracy after the second epoch, the best accuracy after the third, the latest of equal ones."""
    script(monkeypatch, robust_accuracy=[0.6, 0.7, 0.5, 0.1], accuracy=[0.8, 0.7, 0.8, 0.6])


def after(epoch: int, settings: TrainingSettings, folder: Path) -> dict[str, Tensor]:
    """The weights after an epoch of the same training."""
    learn(Network(), replace(settings, select="last"), checkpoints=Checkpoints(folder, keep=9))
    path = sorted(folder.iterdir())[epoch - 1]
    return without_prefix("average" if settings.averaging else "model", read_tensors(path)[0])


@pytest.mark.parametrize(
    ("changes", "chosen", "other"),
    [
        ({"method": "pgd"}, 2, "last"),
        ({"method": "trades", "averaging": 0.5}, 2, "last"),
        ({"method": "standard"}, 4, "best"),
        ({"method": "standard", "select": "best"}, 3, "last"),
        ({"method": "pgd", "select": "last"}, 4, "best"),
    ],
)
def test_the_model_has_the_weights_of_the_epoch_that_is_told(
    changes: dict[str, Any], chosen: int, other: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Else a robustly overfitted network is judged, or another than is told."""
    settings = replace(SETTINGS, **changes)
    numbers(monkeypatch)
    model = Network()
    found = trained(model, settings)
    assert found.epoch == chosen
    numbers(monkeypatch)
    kept = after(chosen, settings, tmp_path)
    assert all(torch.equal(value, kept[name]) for name, value in model.state_dict().items())
    assert list(found.others) == [other]
    assert not torch.equal(found.others[other]["classifier.weight"], model.classifier.weight)


def test_without_images_kept_out_the_last_is_evaluated() -> None:
    """Else an epoch is chosen by the images that were trained on."""
    found = trained(Network(), replace(SETTINGS, holdout=0.0))
    assert (found.epoch, found.others) == (4, {})


def test_the_best_is_not_forgotten_by_a_stop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else a run that went on chooses among the epochs after the stop only."""
    numbers(monkeypatch)
    alone, again = Network(), Network()
    trained(alone, SETTINGS, checkpoints=Checkpoints(tmp_path))
    found = trained(again, SETTINGS, checkpoints=Checkpoints(tmp_path))
    assert found.epoch == 2
    assert torch.equal(alone.classifier.weight, again.classifier.weight)


@pytest.mark.parametrize("changes", [{"holdout": 0.0}, {"method": "certified"}])
def test_a_choice_that_cannot_be_made_is_refused(changes: dict[str, object]) -> None:
    """Else the field is set and does nothing."""
    with pytest.raises(UserError, match="select best needs"):
        replace(SETTINGS, select="best", **changes)  # type: ignore[arg-type]
