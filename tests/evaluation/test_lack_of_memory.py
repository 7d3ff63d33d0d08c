"""Attacks and certificates where memory does not suffice for a batch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from evaluation_cases import digits, network

from dsrna.data import Subset
from dsrna.evaluation import AttackSettings, CertifySettings, attack, certifiers, certify, trial
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
