"""A search ends before its result stops being what the supernet promises."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from killing import Stop, StopAfter
from torch import Tensor

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.recipes import named, overridden
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchEpoch, SearchSettings, search, stability
from dsrna.search.stopping import last_sound
from dsrna.spaces import SpaceSettings, Supernet

SETTINGS = SearchSettings(method="darts", epochs=10, warmup_epochs=1, batch_size=8, architecture_learning_rate=0.01)
ROW = SearchEpoch(
    epoch=1,
    epochs=20,
    loss=1.0,
    accuracy=0.5,
    validation_accuracy=0.5,
    robustness=None,
    shares={},
    warmup=False,
    seconds=1.0,
)


def history(name: str, values: Sequence[float | None]) -> list[SearchEpoch]:
    return [replace(ROW, epoch=epoch, **{name: value}) for epoch, value in enumerate(values, start=1)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "values", "epoch"),
    [
        ("eigenvalue", [None, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], None),
        ("eigenvalue", [None, 0.7, 1.0, 1.0, 1.0, 1.0, 1.0], 2),
        ("eigenvalue", [None, 0.76, 1.0, 1.0, 1.0, 1.0, 1.0], None),
        ("eigenvalue", [None, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0], 2),
        ("eigenvalue", [None, 1.0, 1.0, 1.0, 1.0, 1.0], None),
        ("eigenvalue", [None, -2.0, -1.0, -1.0, -1.0, -1.0, -1.0], None),
        ("gap", [None, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3], None),
        ("gap", [None, 0.3, 0.3, 0.3, 0.4, 0.6, 0.6], 2),
        ("gap", [0.5, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3], None),
    ],
)
def test_a_made_up_history_ends_where_it_should(name: str, values: list[float | None], epoch: int | None) -> None:
    """If this fails, searches end too early, too late, or with the architecture after the rise."""
    found = last_sound(history(name, values), name)
    assert (None if found is None else found.epoch) == epoch
    assert last_sound(history(name, values), "none") is None


def make_supernet() -> Supernet:
    with initialising(0):
        return Supernet(SpaceSettings(cells=1, channels=2, nodes=2), classes=3, in_channels=1, generator=generator(1))


def make_images() -> TensorImages:
    draw = generator(2)
    return TensorImages(torch.rand(20, 1, 4, 4, generator=draw), torch.randint(3, (20,), generator=draw))


@pytest.mark.parametrize("killed", [5, 8])
def test_a_resumed_search_stops_at_the_same_epoch(killed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a search that was killed goes on beyond its end, or ends with another architecture."""

    def rising(supernet: Supernet, *_: object) -> float:
        """A gap that grows with every step of the architecture."""
        return 100 * float(
            torch.cat([each.flatten() for each in supernet.architecture_parameters()]).detach().abs().max()
        )

    monkeypatch.setattr(stability, "gap", rising)
    settings, images = replace(SETTINGS, stopping="gap"), make_images()
    expected = search(make_supernet(), images, images, settings)
    assert [row.epoch for row in expected.history] == [1, 2, 3, 4, 5, 6, 7]
    assert "ended after epoch 7 of 10" in expected.remarks[0]
    assert expected.genotype.to_text() == expected.history[1].genotype
    with pytest.raises(Stop):
        search(
            make_supernet(),
            images,
            images,
            settings,
            checkpoints=Checkpoints(tmp_path),
            reporter=StopAfter(min(killed, 7)),
        )
    found = search(make_supernet(), images, images, settings, checkpoints=Checkpoints(tmp_path))
    assert [row.gap for row in found.history] == [row.gap for row in expected.history]
    assert (found.genotype, found.remarks) == (expected.genotype, expected.remarks)


def test_watching_changes_nothing() -> None:
    """If this fails, a search that is watched is another search."""
    images = make_images()
    states: list[dict[str, Tensor]] = []
    for watch in (False, True):
        supernet = make_supernet()
        result = search(supernet, images, images, replace(SETTINGS, epochs=3, watch=watch))
        for name in ("eigenvalue", "gap"):
            assert [getattr(row, name) is not None for row in result.history] == [False, watch, watch]
        states.append(supernet.state_dict())
    for name, value in states[0].items():
        if "num_batches_tracked" not in name:
            assert torch.equal(value, states[1][name]), name


def test_an_unknown_rule_is_refused() -> None:
    """If this fails, a search with a misspelt rule never ends early, in silence."""
    with pytest.raises(UserError, match="must be one of none, eigenvalue, gap"):
        overridden(named("digits"), {"search": {"stopping": "eigen"}}, where="test")
