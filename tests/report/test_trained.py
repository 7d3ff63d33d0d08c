"""What the page says of the training."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample_run import full_run

from dsrna.report.run import Run, read_run
from dsrna.report.training import trained
from dsrna.training import Guard


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return read_run(full_run(tmp_path))


def test_the_last_epoch_goes_without_saying(run: Run) -> None:
    """If this fails, every page says what nobody asked."""
    assert run.model is not None
    usual = replace(run, model=replace(run.model, epoch=run.training[-1].epoch))
    assert trained(usual) == trained(run) == f"Trained from scratch: {run.model.training} training."


def test_another_epoch_and_the_guard_are_told(run: Run) -> None:
    """If this fails, a reader takes the weights for those of the last epoch, or all epochs for one training."""
    assert run.model is not None
    first = replace(run.training[0], guard=Guard(0.1, 0.9, overfitted=True))
    text = trained(replace(run, model=replace(run.model, epoch=1), training=(first, *run.training[1:])))
    assert f"epoch 1 of {run.training[-1].epoch}" in text
    assert "In epoch 1 the network learnt to mislead" in text


@pytest.mark.parametrize(("accuracy", "images"), [(None, "trained on"), (0.5, "held out")])
def test_by_which_images_the_epoch_is_the_best_is_told(run: Run, accuracy: float | None, images: str) -> None:
    """If this fails, an epoch that the guard went back to is said to be chosen by images that nobody held out."""
    assert run.model is not None
    rows = tuple(replace(row, validation_accuracy=accuracy) for row in run.training)
    text = trained(replace(run, model=replace(run.model, epoch=1), training=rows))
    assert text.endswith(f"the best on images {images}.")
