"""Searches and trainings where memory does not suffice."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import shortest_recipe

from dsrna.errors import UserError
from dsrna.stages import begin, search_stage, train_stage


def test_a_search_says_what_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a GPU that is too small is a traceback."""
    from dsrna.search.steps import Bilevel

    monkeypatch.setattr(Bilevel, "weights_step", lacking)
    with pytest.raises(UserError, match=r"out of memory: lower search.batch_size \(now "):
        search_stage(begin(shortest_recipe(), tmp_path / "run"))


def test_a_training_says_what_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a GPU that is too small is a traceback."""
    from dsrna.training.descent import Descent

    monkeypatch.setattr(Descent, "step", lacking)
    run = begin(replace(shortest_recipe(), architecture="darts-v2"), tmp_path / "run")
    search_stage(run)
    with pytest.raises(UserError, match=r"out of memory: raise training.accumulate \(now 1\)"):
        train_stage(run)


def lacking(*_: object) -> None:
    raise torch.OutOfMemoryError("CUDA out of memory")
