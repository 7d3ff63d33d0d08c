"""What a person watching sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from training_cases import Network, learn

from dsrna.runtime.checkpoint import Checkpoints
from dsrna.training import TrainingSettings


class Watcher:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    @contextmanager
    def stage(self, name: str, total: int, unit: str, done: int = 0) -> Iterator["Watcher"]:
        self.heard.append((name, total, unit, done))
        yield self

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        self.heard.append((advance, *sorted(numbers)))

    def say(self, text: str) -> None:
        self.heard.append((text,))


def test_every_epoch_is_shown_and_those_done_before_are_counted(tmp_path: Path) -> None:
    """Else the bar of a resumed training starts at nothing, or the numbers that matter are not on it."""
    settings = TrainingSettings(epochs=2, holdout=0.2)
    first, again = Watcher(), Watcher()
    for watcher in (first, again):
        learn(Network(), settings, checkpoints=Checkpoints(tmp_path), reporter=watcher)
    assert first.heard == [("train", 2, "epochs", 0)] + 2 * [(1, "accuracy", "loss", "robustness")]
    assert again.heard == [("train", 2, "epochs", 2)]


@pytest.mark.parametrize(
    ("method", "holdout", "told"), [("pgd", 0.0, True), ("pgd", 0.2, False), ("standard", 0.0, False)]
)
def test_that_no_epoch_can_be_chosen_is_said_before_the_first(method: str, holdout: float, told: bool) -> None:
    """Else an adversarial training ends overfitted, and nobody was told what would have helped."""
    watcher = Watcher()
    learn(Network(), TrainingSettings(method, epochs=1, steps=1, holdout=holdout), reporter=watcher)
    said = [str(words[0]) for words in watcher.heard if len(words) == 1 and "held out" in str(words[0])]
    assert len(said) == told
    assert not told or watcher.heard[0] == (said[0],)
