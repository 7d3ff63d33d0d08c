"""Attacks and certificates where memory does not suffice for a batch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from evaluation_cases import digits, network
from torch import Tensor, nn

from dsrna.data import Subset
from dsrna.evaluation import AttackSettings, CertifySettings, attack, certifiers, certify, robustness, trial
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps

ROOM = 6


class Listening(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def with_room(function: Callable[..., Any], images: Callable[..., int]) -> Callable[..., Any]:
    """Let a function fail for more images than there is room for."""

    def limited(*arguments: Any, **options: Any) -> Any:
        if images(*arguments) > ROOM:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return function(*arguments, **options)

    return limited


def test_an_attack_on_halves_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a GPU that is too small ends an attack, or changes its numbers."""
    settings = AttackSettings(attacks=("pgd-10",), eps=(Eps(8 / 255),), images=20, sanity=0)
    images, listening = Subset(digits().test, torch.arange(20)), Listening()
    whole = attack(network(), images, settings, seed=0, reporter=listening)
    assert not listening.said
    monkeypatch.setattr(trial.Trial, "_attacked", with_room(trial.Trial._attacked, lambda _, __, x, ___: len(x)))
    parts = attack(network(), images, settings, seed=0, reporter=listening)
    assert parts.images == whole.images
    assert "going on with" in listening.said[0]
    assert parts.result.worst == whole.result.worst


def test_certificates_of_halves_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a GPU that is too small ends a certification, or changes what is proven."""
    settings = CertifySettings(eps=(Eps(1 / 255),), images=20, targets="runner-up")
    images, listening = Subset(digits().test, torch.arange(20)), Listening()
    _, whole = certify(network(), images, settings, reporter=listening)
    limited = with_room(certifiers.by_bounds, lambda _, batch: len(batch.y))
    monkeypatch.setattr("dsrna.evaluation.certificates.by_bounds", limited)
    _, parts = certify(network(), images, settings, reporter=listening)
    assert [replace(one, verdicts=()) for one in parts] == [replace(one, verdicts=()) for one in whole]
    for one, other in zip(parts, whole, strict=True):
        for left, right in zip(one.verdicts, other.verdicts, strict=True):
            assert (left.predicted, left.proven) == (right.predicted, right.proven)
            assert left.radius == pytest.approx(right.radius, rel=1e-3, abs=1e-6)
    assert "going on with" in listening.said[0]


class Small(nn.Module):
    """A network that memory suffices for on a few images at once, when attacks are over, or at all times."""

    def __init__(self, room: int = ROOM) -> None:
        super().__init__()
        self.inner, self.room = network(), room

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        found: Tensor = self.inner(x)
        return found


def test_the_images_themselves_are_classified_in_halves() -> None:
    """If this fails, a GPU that bounds fit into ends a certification by the plain pass before them."""
    settings = CertifySettings(eps=(Eps(1 / 255),), images=20)
    images, listening = Subset(digits().test, torch.arange(20)), Listening()
    whole, _ = certify(network(), images, settings, reporter=Silent())
    parts, _ = certify(Small(), images, settings, reporter=listening)
    assert parts.clean == whole.clean
    assert "going on with" in listening.said[0]


def test_what_follows_an_attack_does_not_lose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, hours of attacks are lost because the checks or the corruptions after them take more memory."""
    settings = AttackSettings(attacks=("fgsm",), eps=(Eps(8 / 255),), images=20, sanity=20, corruptions=("contrast",))
    images, listening, model = Subset(digits().test, torch.arange(20)), Listening(), Small(room=1000)
    whole = attack(model, images, settings, seed=0, reporter=Silent()).result
    fates = robustness._fates

    def shrinking(*given: Any) -> Any:
        model.room = ROOM
        return fates(*given)

    monkeypatch.setattr(robustness, "_fates", shrinking)
    parts = attack(model, images, settings, seed=0, reporter=listening).result
    assert (parts.rows[0].count, parts.corruptions) == (whole.rows[0].count, whole.corruptions)
    assert [check.name for check in parts.checks] == [check.name for check in whole.checks]
    assert "out of memory checking" in listening.said[0]
