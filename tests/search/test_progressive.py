"""P-DARTS: its stages, what each hands to the next, and how it goes on after a stop."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from killing import Stop, StopAfter
from torch import Tensor

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.processes import Processes
from dsrna.runtime.progress import Silent
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchResult, SearchSettings, planned, search, search_in_stages
from dsrna.search.progressive_settings import ProgressiveSettings
from dsrna.search.schedule import falling
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import Searchable, SpaceSettings, Supernet
from dsrna.spaces.skips import SkipDropout

SPACE = SpaceSettings(cells=5, channels=2, nodes=1)
SETTINGS = SearchSettings(method="p-darts", epochs=6, warmup_epochs=3, batch_size=8, architecture_learning_rate=0.1)
LAST = 2


def make_supernets(favour: float = 0.0) -> list[Searchable]:
    """One a stage, with fresh weights; ``favour`` is added to the parameters of skip-connections."""
    supernets: list[Searchable] = []
    for number, stage in enumerate(planned(SETTINGS, SPACE)):
        with initialising(0, number):
            space = replace(SPACE, cells=stage.cells)
            supernet = Supernet(space, classes=3, in_channels=1, generator=generator(1, number))
        with torch.no_grad():
            for alpha in supernet.alpha.values():
                alpha[:, SPACE.operations.index("skip_connect")] += favour
        supernets.append(supernet)
    return supernets


def make_images() -> TensorImages:
    draw = generator(2)
    return TensorImages(torch.rand(16, 1, 4, 4, generator=draw), torch.randint(3, (16,), generator=draw))


def searched(
    supernets: list[Searchable],
    settings: SearchSettings = SETTINGS,
    checkpoints: Checkpoints | None = None,
    reporter: Silent | None = None,
) -> SearchResult:
    images, stages = make_images(), planned(settings, SPACE)
    return search_in_stages(
        stages, supernets, images, images, settings, seed=3, checkpoints=checkpoints, reporter=reporter
    )


def state(supernet: Searchable) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in supernet.state_dict().items()}


def test_the_published_stages() -> None:
    """If this fails, depths, epochs and warm-up are not the published ones in a search of the published size."""
    settings = replace(SETTINGS, epochs=75, warmup_epochs=30)
    stages = planned(settings, SpaceSettings(cells=17))
    assert [stage.cells for stage in stages] == [5, 11, 17]
    assert [(stage.epochs, stage.warmup_epochs) for stage in stages] == [(25, 10)] * 3
    assert [stage.kept for stage in stages] == [5, 3, None]
    assert [stage.dropout for stage in stages] == [0.0, 0.4, 0.7]


@pytest.mark.parametrize(("epochs", "warmup"), [(3, 2), (8, 4), (50, 15), (50, 49)])
def test_no_epoch_is_lost(epochs: int, warmup: int) -> None:
    """If this fails, a search is shorter than the recipe says, or a stage never searches the architecture."""
    stages = planned(replace(SETTINGS, epochs=epochs, warmup_epochs=warmup), SPACE)
    assert sum(stage.epochs for stage in stages) == epochs
    assert all(0 <= stage.warmup_epochs < stage.epochs for stage in stages)
    assert all(stage.cells >= 3 for stage in stages)


@pytest.mark.parametrize(
    ("space", "settings", "reason"),
    [
        ({"name": "nasbench201"}, {}, "space darts only"),
        ({"cells": 2}, {}, "space.cells of at least 3"),
        ({}, {"epochs": 2, "warmup_epochs": 1}, r"search.epochs \(2\) is less than the stages"),
        ({"operations": SPACE.operations[:5]}, {}, "less than the number of space.operations, 5"),
    ],
)
def test_no_room_for_the_stages_is_refused(space: dict[str, object], settings: dict[str, object], reason: str) -> None:
    """If this fails, a search without stages runs under the name of P-DARTS, or ends in a traceback."""
    with pytest.raises(UserError, match=reason):
        planned(replace(SETTINGS, **settings), replace(SPACE, **space))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"depths": (0.5, 1.0)}, "a value for each stage"),
        ({"kept": (5,)}, "a value for each stage"),
        ({"depths": (0.5, 0.3, 1.0)}, "must grow"),
        ({"depths": (0.5, 1.0, 1.5)}, "must grow"),
        ({"kept": (3, 5)}, "must fall"),
        ({"kept": (5, 2)}, "to 3 at least"),
        ({"dropout": (0.0, 0.4, 1.0)}, "dropout"),
        ({"skips": -1}, "skips"),
    ],
)
def test_settings_without_sense_are_refused(change: dict[str, object], reason: str) -> None:
    """If this fails, a stage has no setting, or drops all there is."""
    with pytest.raises(UserError, match=reason):
        replace(ProgressiveSettings(), **change)  # type: ignore[arg-type]


def test_every_stage_thins_out_the_next() -> None:
    """If this fails, candidates that a stage found weak are searched on, or others are dropped."""
    supernets = make_supernets()
    result = searched(supernets)
    assert [row.epoch for row in result.history] == [1, 2, 3, 4, 5, 6]
    assert {row.epochs for row in result.history} == {6}
    assert [row.warmup for row in result.history] == [True, False] * 3
    left = [(supernet.mixtures()["normal"] > 0).sum(dim=1).tolist() for supernet in supernets]
    assert left == [[8, 8], [5, 5], [3, 3]]
    for before, after, kept in ((0, 1, 5), (1, 2, 3)):
        for cell, weights in supernets[before].mixtures().items():
            strongest = [set(row.topk(kept).indices.tolist()) for row in weights]
            stayed = [set(row.nonzero().flatten().tolist()) for row in supernets[after].mixtures()[cell]]
            assert stayed == strongest


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5, 6])
def test_a_stopped_search_goes_on_bit_for_bit(after: int, tmp_path: Path) -> None:
    """If this fails, a search that was killed in or between stages finds another architecture than one left alone."""
    alone, resumed = make_supernets(), make_supernets()
    expected = searched(alone)
    with pytest.raises(Stop):
        searched(make_supernets(), checkpoints=Checkpoints(tmp_path), reporter=StopAfter(after))
    found = searched(resumed, checkpoints=Checkpoints(tmp_path))
    assert found.genotype == expected.genotype
    assert [(row.epoch, row.loss) for row in found.history] == [(row.epoch, row.loss) for row in expected.history]
    for left, right in zip(alone, resumed, strict=True):
        assert all(torch.equal(value, state(right)[name]) for name, value in state(left).items())


class Noted(TensorImages):
    """Images that remember which of them were read."""

    def __init__(self, pixels: Tensor, labels: Tensor) -> None:
        super().__init__(pixels, labels)
        self.orders: list[list[int]] = []

    def read(self, indices: Tensor) -> Tensor:
        self.orders.append(indices.tolist())
        return super().read(indices)


def test_every_stage_draws_anew() -> None:
    """If this fails, the stages see the same batches in the same order."""
    images = Noted(make_images().read(torch.arange(16)), make_images().labels)
    settings = replace(SETTINGS, epochs=3, warmup_epochs=2)
    search_in_stages(planned(settings, SPACE), make_supernets(), images, make_images(), settings)
    firsts = images.orders[::2]
    assert len(firsts) == 3
    assert all(len(first) == settings.batch_size for first in firsts)
    assert firsts[0] != firsts[1] != firsts[2]


def test_skip_connections_are_held_and_it_is_said() -> None:
    """If this fails, a genotype of P-DARTS has more skip-connections than asked for, or is another than is said."""
    settings = replace(SETTINGS, progressive=ProgressiveSettings(skips=0), architecture_learning_rate=1e-6)
    held = searched(make_supernets(favour=3.0), settings)
    free = searched(make_supernets(favour=3.0), replace(settings, progressive=ProgressiveSettings(skips=2)))
    assert free.remarks == ()
    (remark,) = held.remarks
    assert remark.startswith("The strongest normal cell has more than 0 skip-connections")
    assert remark.endswith(f"The strongest: {free.genotype.to_text()}")
    last = held.history[-1]
    assert (last.genotype, last.strongest) == (held.genotype.to_text(), free.genotype.to_text())
    assert "skip_connect" in str(free.genotype.to_dict()["normal"])
    assert "skip_connect" not in str(held.genotype.to_dict()["normal"])


def test_the_rate_falls_over_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, skip-connections are dropped at another rate than the stage's, in one of the two steps."""
    rates: list[float] = []

    def noted(layer: SkipDropout, x: Tensor) -> Tensor:
        rates.append(layer.rate)
        return x

    monkeypatch.setattr(SkipDropout, "forward", noted)
    supernet = make_supernets()[LAST]
    levels, batch = Bilevel.make(supernet, SETTINGS), (make_images().read(torch.arange(8)), make_images().labels[:8])
    for rate in (0.0, 0.6):
        supernet.skip_dropout = rate
        for share in (0.0, 0.5):
            rates.clear()
            levels.weights_step(batch, Moment(share, generator(4)))
            levels.architecture_step(batch, batch, Moment(share, generator(4)))
            assert set(rates) == {rate * falling(share, SETTINGS)}


def test_the_fall_is_that_of_the_authors_program() -> None:
    """If this fails, skip-connections come back sooner or later than in P-DARTS as it was released."""
    settings = replace(SETTINGS, epochs=25, warmup_epochs=10)
    for epoch in range(25):
        expected = (25 - epoch - 1) / 25 if epoch < 10 else math.exp(-(epoch - 10) * 0.2)
        assert falling(epoch / 25, settings) == pytest.approx(expected)


@given(epochs=st.integers(2, 120), data=st.data())
def test_the_fall_begins_anew_with_the_first_epoch_after_the_warm_up(epochs: int, data: st.DataObject) -> None:
    """If this fails, for some numbers of epochs that epoch counts as one of the warm-up, by rounding."""
    warmup = data.draw(st.integers(0, epochs - 1))
    settings = replace(SETTINGS, epochs=epochs, warmup_epochs=warmup)
    assert falling(warmup / epochs, settings) == 1


def test_several_processes_are_refused() -> None:
    """If this fails, the processes drop different features of skip-connections for images of one batch."""

    class Two(Processes):
        size = 2

    images = make_images()
    with pytest.raises(UserError, match="p-darts is searched by one process"):
        search(make_supernets()[0], images, images, SETTINGS, processes=Two())


def test_what_would_end_or_bound_a_stage_is_refused() -> None:
    """If this fails, a band or a stopping rule is given from Python and silently not kept."""
    for change in ({"params": (9000,)}, {"macs": (9000,)}, {"stopping": "gap"}):
        with pytest.raises(UserError, match="does nothing under method p-darts"):
            searched(make_supernets(), replace(SETTINGS, **change))
