"""What an epoch does, and what stops it."""

import math
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from training_cases import Network, digits, learn

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.training import TrainingSettings


def test_it_learns_the_digits() -> None:
    """Else nothing that follows training means anything."""
    history = learn(Network(), TrainingSettings(epochs=15, batch_size=32, learning_rate=0.05, holdout=0.2))
    assert [row.epoch for row in history] == list(range(1, 16))
    assert history[-1].loss < history[0].loss / 3
    assert history[-1].validation_accuracy is not None
    assert history[-1].validation_accuracy > 0.85


def test_without_a_holdout_there_are_no_validation_numbers() -> None:
    """Else accuracy on training images is shown as if it were on others."""
    (row,) = learn(Network(), TrainingSettings(epochs=1))
    assert (row.validation_accuracy, row.robust_accuracy) == (None, None)


def test_the_seed_decides() -> None:
    """Else two runs of one recipe differ, or two seeds are one."""
    first, again, other = (Network() for _ in range(3))
    for model, seed in ((first, 0), (again, 0), (other, 1)):
        learn(model, TrainingSettings(epochs=1), seed=seed)
    assert torch.equal(first.classifier.weight, again.classifier.weight)
    assert not torch.equal(first.classifier.weight, other.classifier.weight)


def test_the_callers_random_state_is_left_alone() -> None:
    """Else training reseeds the program that it is part of."""
    before = torch.get_rng_state()
    learn(Network(), TrainingSettings(epochs=1))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("rate", [1e30, 1e4])
def test_divergence_is_named_and_the_last_checkpoint_kept(rate: float, tmp_path: Path) -> None:
    """Else weights that are not numbers are saved over good ones."""
    model, poisoned = Network(), TrainingSettings(epochs=30, learning_rate=rate, gradient_clip=1e30)
    with pytest.raises(UserError, match=r"diverged in epoch \d+ .* lower learning_rate"):
        learn(model, poisoned, checkpoints=Checkpoints(tmp_path))
    latest = Checkpoints(tmp_path).latest()
    assert latest is None or all(value.isfinite().all() for value in latest.tensors.values())


def test_divergence_ends_an_epoch_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, hours of an epoch are spent on numbers that are none."""
    passes = []

    class Counting(Network):
        def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor]:
            passes.append(len(x))
            first, second = super().forward_with_auxiliary(x)
            return first * float("nan"), second

    monkeypatch.setattr("dsrna.training.passing.CHECKED", 2)
    with pytest.raises(UserError, match="diverged in epoch 1 "):
        learn(Counting(), TrainingSettings(epochs=1, batch_size=32, checkpoint_minutes=0.0))
    assert len(passes) == 2


def test_clipping_bounds_a_step() -> None:
    """Else one bad batch throws the weights away."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    before = deepcopy(model.state_dict())
    tight = TrainingSettings(
        epochs=1, batch_size=320, learning_rate=1.0, momentum=0.0, weight_decay=0.0, gradient_clip=0.01
    )
    learn(model, tight)
    moved = sum(float((value - before[name]).square().sum()) for name, value in model.state_dict().items())
    assert math.sqrt(moved) == pytest.approx(0.01, rel=1e-3)


def test_paths_are_dropped_ever_more_and_none_afterwards() -> None:
    """Else drop path is not scheduled, or the trained network holds a generator and can no longer be copied."""
    model = Network()
    learn(model, TrainingSettings(epochs=4, drop_path=0.4))
    assert model.drops == pytest.approx([0.0, 0.0, 0.1, 0.0, 0.2, 0.0, 0.3, 0.0])
    deepcopy(model)


def test_a_last_batch_of_one_image_is_left_out() -> None:
    """Else batch norm after global pooling has no variance to divide by, and the run dies."""
    sizes: list[int] = []

    class Watching(Network):
        def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor]:
            sizes.append(len(x))
            return super().forward_with_auxiliary(x)

    learn(Watching(), TrainingSettings(epochs=1, batch_size=len(digits().train) - 1))
    assert sizes == [len(digits().train) - 1]


@pytest.mark.parametrize("within", [0.0, 1e-9])
def test_an_infinite_gradient_is_named_and_nothing_of_it_is_saved(within: float, tmp_path: Path) -> None:
    """Else a loss that looks sound, with a gradient that is none, leaves weights that are no numbers."""

    class Exploding(Network):
        def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor]:
            first, second = super().forward_with_auxiliary(x)
            return first + (first - first.detach()).abs().sqrt(), second

    with pytest.raises(UserError, match=r"diverged in epoch 1 .*gradient norm nan"):
        learn(Exploding(), TrainingSettings(epochs=1, checkpoint_minutes=within), checkpoints=Checkpoints(tmp_path))
    assert Checkpoints(tmp_path).latest() is None
