"""The weights of the epoch that was not chosen, in a file beside those of the one that was."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from safetensors.torch import load_file
from tiny import shortest_recipe
from torch import Tensor

from dsrna.runtime.checkpoint import Checkpoints, without_prefix
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import begin, search_stage, train_stage
from dsrna.stages.train import load_model, load_network
from dsrna.training.validation import Examiner

Select = Literal["auto", "last"]


def trained(path: Path, select: Select, robust: Sequence[float], monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run of three epochs of adversarial training that are found to be so robust."""
    left = iter(robust)
    monkeypatch.setattr(Examiner, "robust_accuracy", lambda *_: next(left))
    base = shortest_recipe()
    training = replace(base.training, method="pgd", steps=1, epochs=3, holdout=0.2, select=select)
    run = begin(replace(base, architecture="darts-v2", goal="adversarial", training=training), path)
    search_stage(run)
    train_stage(run)
    return run.folder


def after_the_last_epoch(folder: RunFolder) -> dict[str, Tensor]:
    checkpoint = Checkpoints(folder.training_checkpoints).latest()
    assert checkpoint is not None
    return without_prefix("model", checkpoint.tensors)


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("select", "epoch", "other"), [("auto", 2, "last"), ("last", 3, "best")])
def test_the_epoch_that_was_not_chosen_is_kept_too(
    select: Select, epoch: int, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, robust overfitting cannot be looked into afterwards: best and last are one, or one is gone."""
    folder = trained(tmp_path / "run", select, (0.6, 0.7, 0.5), monkeypatch)
    assert load_model(folder).epoch == epoch
    assert {path.stem for path in folder.weights.parent.glob("*.safetensors")} == {"model", other}
    chosen, kept = load_file(folder.weights), load_file(folder.other_weights(other))
    assert [same(each, after_the_last_epoch(folder)) for each in (chosen, kept)] == [epoch == 3, epoch != 3]
    network, x = load_network(folder), torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    said = network(x)
    network.load_state_dict(kept, strict=True)
    assert not torch.equal(network(x), said)


def test_where_the_best_epoch_is_the_last_there_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, the same weights lie there twice, and look like two results."""
    folder = trained(tmp_path / "run", "auto", (0.5, 0.6, 0.7), monkeypatch)
    assert load_model(folder).epoch == 3
    assert [path.name for path in folder.weights.parent.glob("*.safetensors")] == ["model.safetensors"]
    assert same(load_file(folder.weights), after_the_last_epoch(folder))
