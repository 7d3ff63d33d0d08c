"""A search that is stopped within an epoch goes on there."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from killing import Stop
from torch import Tensor

from dsrna.data import Augmentation, TensorImages
from dsrna.errors import UserError
from dsrna.metrics import METRICS
from dsrna.registry import Record
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.seeds import generator, initialising
from dsrna.runtime.serialise import to_plain
from dsrna.search import SearchSettings, search
from dsrna.search.underway import UnderWay
from dsrna.spaces import SpaceSettings, Supernet

OFTEN = 1e-9
"""Minutes: after every batch."""

SETTINGS = SearchSettings(
    epochs=2, warmup_epochs=1, batch_size=4, metric_batch=2, bound_batch=2, checkpoint_minutes=OFTEN
)


def make_supernet() -> Supernet:
    with initialising(0):
        return Supernet(SpaceSettings(cells=2, channels=2, nodes=1), classes=3, in_channels=1, generator=generator(1))


def make_images(count: int) -> TensorImages:
    draw = generator(count)
    return TensorImages(torch.rand(count, 1, 4, 4, generator=draw), torch.randint(3, (count,), generator=draw))


class Killing(Checkpoints):
    """Checkpoints, of which one too many kills the run."""

    def __init__(self, folder: Path, saves: int = 1000) -> None:
        super().__init__(folder)
        self.left = saves

    def save(self, step: int, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        super().save(step, tensors, state)
        self.left -= 1
        if self.left == 0:
            torch.rand(3)  # what the process drew in the meantime must not matter
            raise Stop


def run(supernet: Supernet, settings: SearchSettings, checkpoints: Checkpoints | None = None) -> list[dict[str, Any]]:
    """Search on three batches, with two of the validation half, which are begun again for the third."""
    augmentation = Augmentation(pad=1, flip=True)
    found = search(
        supernet, make_images(13), make_images(9), settings, augmentation=augmentation, checkpoints=checkpoints
    )
    return [{**row, "seconds": 0.0} for row in to_plain(found.history)]


def killed(settings: SearchSettings, folder: Path, saves: tuple[int, ...]) -> None:
    for number in saves:
        with pytest.raises(Stop):
            run(make_supernet(), settings, Killing(folder, number))


def same(left: Supernet, right: Supernet) -> bool:
    others = right.state_dict()
    return all(torch.equal(value, others[name]) for name, value in left.state_dict().items())


CHANGES: dict[str, dict[str, Any]] = {
    "plain": {"method": "darts"},
    "second order": {"method": "dsrna-jacobian", "order": 2},
    "balanced": {"method": "dsrna-radius"},
    "moved mixing weights": {"method": "sdarts-adv"},
    "images moved at random": {"method": "noise"},
    "drawn architecture parameters": {"method": "racl"},
}


STOPS = [("plain", (2,)), ("plain", (5,)), *((name, (1, 1, 3)) for name in CHANGES)]


@pytest.mark.parametrize(("name", "saves"), STOPS)
def test_a_search_killed_within_an_epoch_goes_on_there(name: str, saves: tuple[int, ...], tmp_path: Path) -> None:
    """If this fails, what was done of a long epoch is lost, or what comes after it is another search."""
    settings, alone, resumed = replace(SETTINGS, **CHANGES[name]), make_supernet(), make_supernet()
    expected = run(alone, replace(settings, checkpoint_minutes=0.0))
    killed(settings, tmp_path, saves)
    latest = Checkpoints(tmp_path).latest()
    assert latest is not None
    assert latest.step == sum(saves), "a batch was done twice, or none is saved"
    assert run(resumed, settings, Killing(tmp_path)) == expected
    assert same(resumed, alone)


def test_an_epoch_is_saved_within_only_when_it_is_time(tmp_path: Path) -> None:
    """If this fails, every batch waits for the disk, or a long epoch is never saved."""
    for minutes in (0.0, 60.0):
        killed(replace(SETTINGS, method="darts", checkpoint_minutes=minutes), tmp_path / str(minutes), (1,))
        latest = Checkpoints(tmp_path / str(minutes)).latest()
        assert latest is not None
        assert latest.state["under_way"] is None


def test_another_interval_goes_on_too(tmp_path: Path) -> None:
    """If this fails, whoever wants to lose less of a search that runs has to begin it again."""
    killed(replace(SETTINGS, method="darts"), tmp_path, (2,))
    rows = run(make_supernet(), replace(SETTINGS, method="darts", checkpoint_minutes=60.0), Killing(tmp_path))
    assert rows == run(make_supernet(), replace(SETTINGS, method="darts", checkpoint_minutes=0.0))


@pytest.mark.parametrize("saves", [(4,), (4, 1)])
def test_an_epoch_that_begins_again_does_so_after_a_stop_too(
    saves: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a metric that explodes after a stop throws the search back to the middle of an epoch, or forward.

    The second architecture step of the second epoch explodes; the stop is before it, or after the epoch began again.
    """
    settings = replace(SETTINGS, method="dsrna-jacobian", gamma=0.1)

    def exploding_at_the_second() -> None:
        calls, plain = count(1), METRICS["jacobian"]

        def exploding(*arguments: Any, **options: Any) -> Tensor:
            return plain(*arguments, **options) * (float("nan") if next(calls) == 2 else 1.0)

        record = Record("jacobian", "a metric that explodes", "this test", exploding)
        patch.setattr(METRICS, "_records", {**METRICS._records, "jacobian": record})

    alone, resumed = make_supernet(), make_supernet()
    with monkeypatch.context() as patch:
        exploding_at_the_second()
        expected = run(alone, replace(settings, checkpoint_minutes=0.0))
    with monkeypatch.context() as patch:
        exploding_at_the_second()
        killed(settings, tmp_path, saves)
        assert run(resumed, settings, Killing(tmp_path)) == expected
    assert same(resumed, alone)


def test_what_was_counted_is_counted_once() -> None:
    """If this fails, several processes that take up an epoch each add what one has counted before."""
    begun = UnderWay(start={})
    begun.count(0.5, 3, 4)
    begun.keep({"order": torch.zeros(1), "steps": torch.zeros(1)})
    parts = [UnderWay.of(begun.tensors(), begun.plain(), first=first) for first in (True, False)]
    assert [part.batches for part in parts] == [1, 1]
    assert [(part.loss, part.right, part.seen) for part in parts] == [(2.0, 3.0, 4.0), (0.0, 0.0, 0.0)]


@pytest.mark.parametrize(
    "changed",
    [
        {"history": None},
        {"history": "abc"},
        {"history": [{"epoch": 1}]},
        {"setbacks": "x"},
        {"under_way": [1]},
        {"under_way": {"batches": "x", "seconds": 0.0, "loss": 0.0, "right": 0.0, "seen": 0.0}},
        {"steps": 3},
    ],
)
def test_a_state_that_cannot_be_is_an_error(tmp_path: Path, changed: dict[str, Any]) -> None:
    """If this fails, a checkpoint of well-formed nonsense ends a search in a traceback, or is gone on from."""
    with pytest.raises(Stop):
        run(make_supernet(), SETTINGS, Killing(tmp_path, 2))
    checkpoints = Checkpoints(tmp_path)
    found = checkpoints.latest()
    assert found is not None
    checkpoints.save(found.step + 1, found.tensors, {**found.state, **changed})
    with pytest.raises(UserError) as error:
        run(make_supernet(), SETTINGS, checkpoints)
    assert str(error.value).startswith(f"{tmp_path} holds ")


@pytest.mark.parametrize(("again", "reason"), [(3, "3 epochs of 2"), (2, "not numbered from 1")])
def test_a_history_that_is_not_of_this_search_is_an_error(again: int, reason: str, tmp_path: Path) -> None:
    """If this fails, a search that says it is over returns what it has never looked for."""
    run(make_supernet(), SETTINGS, Checkpoints(tmp_path))
    checkpoints = Checkpoints(tmp_path)
    found = checkpoints.latest()
    assert found is not None
    history = found.state["history"][:1] * again
    checkpoints.save(found.step + 1, found.tensors, {**found.state, "history": history})
    with pytest.raises(UserError, match=reason):
        run(make_supernet(), SETTINGS, checkpoints)
