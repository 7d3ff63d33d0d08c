"""What evaluation asks the bounds, and that the answer is of what was asked."""

import pytest
import torch
from evaluation_cases import digits, network
from torch import Tensor, nn

from dsrna.evaluation import CertifySettings, certify, engine
from dsrna.evaluation.certify_settings import Targets
from dsrna.evaluation.engine import Question
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps


def test_the_chosen_target_is_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the file of single images names another target than the one that was certified against."""
    asked: dict[int, int] = {}

    def radii(model: nn.Module, x: Tensor, y: Tensor, *, targets: Tensor, question: Question, max_eps: float) -> Tensor:
        assert question.memory == 77
        asked.update(zip((hash(image.numpy().tobytes()) for image in x), targets.tolist(), strict=True))
        return torch.zeros(len(y), dtype=torch.float64)

    def proven(model: nn.Module, x: Tensor, y: Tensor, *, targets: Tensor, question: Question, eps: float) -> Tensor:
        return torch.zeros(len(y), dtype=torch.bool)

    monkeypatch.setattr(engine, "radii", radii)
    monkeypatch.setattr(engine, "proven", proven)
    settings = CertifySettings(images=30, batch_size=8, targets="random", memory=77)
    found, images = certify(network(), digits().test, settings, reporter=Silent())
    right = [image for image in images if image.verdicts[0].predicted == image.label]
    assert len(right) == found.clean.correct > 20
    for image in right:
        pixels = digits().test.read(torch.tensor([image.index]))[0]
        assert asked[hash(pixels.numpy().tobytes())] == image.target != image.label


@pytest.mark.parametrize("targets", ["random", "runner-up"])
def test_one_class_is_never_harder_than_all(targets: Targets) -> None:
    """Else the classes that were left out did not count before."""
    eps = (Eps(4 / 255), Eps(8 / 255))
    every, one = (
        certify(network(), digits().test, CertifySettings(eps=eps, images=60, targets=kind), reporter=Silent())[0]
        for kind in ("all", targets)
    )
    assert one.norms[0].mean_radius > every.norms[0].mean_radius
    for less, more in zip(every.norms[0].rows, one.norms[0].rows, strict=True):
        assert less.count.correct <= more.count.correct
