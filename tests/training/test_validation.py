"""The numbers on held-out images."""

import pytest
import torch
from training_cases import CPU, Network, digits

from dsrna.data import Images
from dsrna.training import TrainingSettings, validation
from dsrna.training.validation import Examiner


def test_accuracy_is_that_of_eval_mode() -> None:
    """Else batch statistics and dropout of training mode are in the number."""
    model, test = Network().train(), digits().test
    x, y = test.read(torch.arange(len(test))), test.labels
    shown = Examiner(TrainingSettings(batch_size=7), 0, CPU).accuracy(model, test)
    assert model.training
    assert shown == pytest.approx(float((model.eval()(x).argmax(dim=1) == y).double().mean()))


def test_the_robust_probe_is_small_and_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each epoch is looked at on other images, or looking takes longer than training."""
    read: list[int] = []

    class Watching(Images):
        @property
        def labels(self) -> torch.Tensor:
            return digits().test.labels

        @property
        def shape(self) -> tuple[int, int, int]:
            return digits().test.shape

        def read(self, indices: torch.Tensor) -> torch.Tensor:
            read.extend(indices.tolist())
            return digits().test.read(indices)

    monkeypatch.setattr(validation, "SHOWN_IMAGES", 20)
    examiner = Examiner(TrainingSettings(batch_size=8), 3, CPU)
    first, second = (examiner.robust_accuracy(Network(), Watching()) for _ in range(2))
    assert first == second
    assert len(read) == 40
    assert read[:20] == read[20:]
