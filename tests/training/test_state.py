"""A killed training, continued, is the training that was left alone."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from training_cases import Network, digits, learn, trained

from dsrna.data import Augmentation, Images
from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.processes import Processes
from dsrna.training import CertifiedSettings, FreeSettings, TrainingSettings

SETTINGS = TrainingSettings("pgd", epochs=4, batch_size=60, holdout=0.2, auxiliary=0.4, drop_path=0.3, steps=2)
CERTIFIED = replace(
    SETTINGS, method="certified", certified=CertifiedSettings(weight=0.5, beside="adversarial", box=0.5)
)
AUGMENTATION = Augmentation(pad=1)


class KilledError(Exception):
    """Stands for whatever stops a run."""


class Dying(Images):
    """Images that can be read so many times and no more."""

    def __init__(self, images: Images, reads: int) -> None:
        self.images, self.reads = images, reads

    @property
    def labels(self) -> Tensor:
        return self.images.labels

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.images.shape

    def read(self, indices: Tensor) -> Tensor:
        self.reads -= 1
        if self.reads < 0:
            raise KilledError
        return self.images.read(indices)


def run(
    model: nn.Module, checkpoints: Checkpoints, images: Images, training: TrainingSettings = SETTINGS
) -> list[object]:
    history = learn(model, training, images=images, augmentation=AUGMENTATION, checkpoints=checkpoints)
    return [replace(row, seconds=0.0) for row in history]


def undisturbed(folder: Path, training: TrainingSettings = SETTINGS) -> tuple[dict[str, Tensor], list[object]]:
    model = Network()
    history = run(model, Checkpoints(folder), digits().train, training)
    return model.state_dict(), history


@given(reads=st.lists(st.integers(0, 45), min_size=1, max_size=3))
@settings(max_examples=6)
def test_a_killed_training_goes_on_bit_for_bit(reads: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Else a run that was interrupted gives other weights than the same run left alone."""
    weights, history = undisturbed(tmp_path_factory.mktemp("whole"))
    checkpoints = Checkpoints(tmp_path_factory.mktemp("killed"))
    for count in reads:
        try:
            run(Network(), checkpoints, Dying(digits().train, count))
        except KilledError:
            # What the process drew in the meantime must not matter.
            torch.rand(3)
    model = Network()
    assert run(model, checkpoints, digits().train) == history
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("reads", [0, 7, 20])
def test_a_killed_certified_training_goes_on_bit_for_bit(reads: int, tmp_path: Path) -> None:
    """Else eps begins to rise anew, or the first weights are drawn again over those that were learned."""
    weights, history = undisturbed(tmp_path / "whole", CERTIFIED)
    checkpoints = Checkpoints(tmp_path / "killed")
    with pytest.raises(KilledError):
        run(Network(), checkpoints, Dying(digits().train, reads), CERTIFIED)
    model = Network()
    assert run(model, checkpoints, digits().train, CERTIFIED) == history
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


OFTEN = 1e-9
"""Minutes: after every batch."""
WITHIN = {
    "averaged": replace(SETTINGS, averaging=0.9, checkpoint_minutes=OFTEN),
    "free": replace(SETTINGS, method="free", epochs=2, free=FreeSettings(replays=2), checkpoint_minutes=OFTEN),
    "in parts": replace(SETTINGS, method="free", epochs=2, accumulate=3, checkpoint_minutes=OFTEN),
    "guarded": replace(SETTINGS, method="fast", checkpoint_minutes=OFTEN),
}


@pytest.mark.parametrize("training", WITHIN.values(), ids=WITHIN)
@pytest.mark.parametrize("reads", [(3,), (2, 1, 1)])
def test_a_training_killed_within_an_epoch_goes_on_there(
    training: TrainingSettings, reads: tuple[int, ...], tmp_path: Path
) -> None:
    """Else what was done of a long epoch is lost, or what comes after it is another training."""
    weights, history = undisturbed(tmp_path / "whole", replace(training, checkpoint_minutes=0.0))
    checkpoints = Checkpoints(tmp_path / "killed")
    for count in reads:
        with pytest.raises(KilledError):
            run(Network(), checkpoints, Dying(digits().train, count), training)
        torch.rand(3)
    latest = checkpoints.latest()
    assert latest is not None
    assert latest.state["under_way"]["batches"] == sum(reads)
    model, images = Network(), Dying(digits().train, 1000)
    assert run(model, checkpoints, images, training) == history
    assert 1000 - images.reads + sum(reads) == counted(replace(training, checkpoint_minutes=0.0))
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def counted(training: TrainingSettings) -> int:
    """How many batches a training left alone reads."""
    images = Dying(digits().train, 1000)
    run(Network(), Checkpoints(), images, training)
    return 1000 - images.reads


def test_an_epoch_is_saved_within_only_when_it_is_time(tmp_path: Path) -> None:
    """Else every batch waits for the disk, or a long epoch is never saved."""
    for minutes in (0.0, 60.0):
        with pytest.raises(KilledError):
            run(
                Network(),
                Checkpoints(tmp_path),
                Dying(digits().train, 3),
                replace(SETTINGS, checkpoint_minutes=minutes),
            )
    assert Checkpoints(tmp_path).latest() is None


def test_how_often_it_is_saved_may_change(tmp_path: Path) -> None:
    """Else whoever wants to lose less of a training that runs has to begin it again."""
    with pytest.raises(KilledError):
        run(Network(), Checkpoints(tmp_path), Dying(digits().train, 20), SETTINGS)
    assert Checkpoints(tmp_path).latest() is not None
    often = replace(SETTINGS, checkpoint_minutes=60.0)
    assert len(run(Network(), Checkpoints(tmp_path), digits().train, often)) == SETTINGS.epochs


class Two(Processes):
    """The first of two, of which the other does the same."""

    size = 2


def test_several_processes_save_no_epoch_within(tmp_path: Path) -> None:
    """Else every process goes on with the noise and the perturbation of the first."""
    often, checkpoints = replace(SETTINGS, checkpoint_minutes=OFTEN), Checkpoints(tmp_path)
    with pytest.raises(KilledError):
        trained(Network(), often, images=Dying(digits().train, 3), checkpoints=checkpoints, processes=Two())
    assert checkpoints.latest() is None
    trained(Network(), often, checkpoints=checkpoints, processes=Two())
    latest = checkpoints.latest()
    assert latest is not None
    assert len(latest.state["history"]) == often.epochs


def test_several_processes_take_up_no_epoch_that_one_has_begun(tmp_path: Path) -> None:
    """Else what one process drew and kept for whole batches is what each of several goes on with for its part."""
    often, checkpoints = replace(SETTINGS, checkpoint_minutes=OFTEN), Checkpoints(tmp_path)
    with pytest.raises(KilledError):
        trained(Network(), often, images=Dying(digits().train, 3), checkpoints=checkpoints)
    with pytest.raises(UserError, match="an epoch that one process has begun"):
        trained(Network(), often, checkpoints=checkpoints, processes=Two())


def test_a_finished_training_is_not_run_again(tmp_path: Path) -> None:
    """Else the command that continues a run trains it once more."""
    weights, history = undisturbed(tmp_path)
    model = Network(seed=1)
    assert run(model, Checkpoints(tmp_path), Dying(digits().train, 0)) == history
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def test_the_checkpoints_of_another_training_are_refused(tmp_path: Path) -> None:
    """Else two trainings are mixed in silence."""
    few = TrainingSettings(epochs=1, batch_size=100)
    learn(Network(), few, checkpoints=Checkpoints(tmp_path))
    with pytest.raises(UserError, match="other settings"):
        learn(Network(), replace(few, learning_rate=0.1), checkpoints=Checkpoints(tmp_path))
    with pytest.raises(UserError, match="other settings"):
        learn(Network(), few, checkpoints=Checkpoints(tmp_path), seed=1)
    with pytest.raises(UserError, match="another network"):
        learn(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), few, checkpoints=Checkpoints(tmp_path))


def test_momentum_is_part_of_what_is_saved(tmp_path: Path) -> None:
    """Else a resumed run starts slowly, which no test of the weights' shapes would show."""
    undisturbed(tmp_path)
    latest = Checkpoints(tmp_path).latest()
    assert latest is not None
    buffers = [value for name, value in latest.tensors.items() if name.endswith("momentum_buffer")]
    assert len(buffers) == len(list(Network().parameters()))
    assert all(buffer.abs().sum() > 0 for buffer in buffers)


@pytest.mark.parametrize(
    "changed",
    [
        {"history": None},
        {"history": "abc"},
        {"best": {"epoch": 1}},
        {"best": ["x", 0.5]},
        {"under_way": [1]},
        {"under_way": {"batches": "x", "seconds": 0.0}},
    ],
)
def test_a_state_that_cannot_be_is_an_error(tmp_path: Path, changed: dict[str, object]) -> None:
    """If this fails, a checkpoint of well-formed nonsense ends a training in a traceback, or is gone on from."""
    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(KilledError):
        run(Network(), checkpoints, Dying(digits().train, 20))
    found = checkpoints.latest()
    assert found is not None
    checkpoints.save(found.step + 1, found.tensors, {**found.state, **changed})
    with pytest.raises(UserError) as error:
        run(Network(), checkpoints, digits().train)
    assert str(error.value).startswith(f"{tmp_path} holds ")


@pytest.mark.parametrize(("again", "reason"), [(5, "5 epochs of 4"), (2, "not numbered from 1")])
def test_a_history_that_is_not_of_this_training_is_an_error(again: int, reason: str, tmp_path: Path) -> None:
    """If this fails, weights that were never trained are taken for those of a finished training."""
    run(Network(), Checkpoints(tmp_path), digits().train)
    checkpoints = Checkpoints(tmp_path)
    found = checkpoints.latest()
    assert found is not None
    history = found.state["history"][:1] * again
    checkpoints.save(found.step + 1, found.tensors, {**found.state, "history": history})
    with pytest.raises(UserError, match=reason):
        run(Network(), checkpoints, digits().train)
