"""What can be seen of a run while it is under way."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny_recipe

from dsrna.errors import UserError
from dsrna.recipes import Recipe
from dsrna.report.board import Board
from dsrna.report.run import read_run
from dsrna.runtime import extras
from dsrna.runtime.progress import Silent
from dsrna.runtime.run_folder import RunFolder
from dsrna.search.progressive_settings import ProgressiveSettings
from dsrna.stages import Run, begin, search_stage, train_stage


class Impatient(Silent):
    """Stops a stage when its second epoch is done."""

    @contextmanager
    def stage(self, name: str, total: int, unit: str, done: int = 0) -> Iterator[Any]:
        self.left = 2
        yield self

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def recipe() -> Recipe:
    tiny = tiny_recipe()
    return replace(tiny, data=replace(tiny.data, limit=100), training=replace(tiny.training, epochs=3))


def board(folder: RunFolder, part: str) -> Any:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    return reader.EventAccumulator(str(folder.tensorboard(part))).Reload()


def test_a_stage_under_way_has_its_history(tmp_path: Path) -> None:
    """If this fails, a search or a training shows nothing until it ends."""
    folder = RunFolder(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        search_stage(begin(recipe(), tmp_path, Impatient()))
    assert [row.epoch for row in read_run(folder).search] == [1, 2]
    search_stage(begin(recipe(), tmp_path))
    assert [row.epoch for row in read_run(folder).search] == [1, 2, 3]
    with pytest.raises(KeyboardInterrupt):
        train_stage(begin(recipe(), tmp_path, Impatient()))
    assert [row.epoch for row in read_run(folder).training] == [1, 2]
    assert not folder.tensorboard("search").exists(), "nobody asked for it"


def test_a_search_in_stages_is_one_history(tmp_path: Path) -> None:
    """If this fails, the second stage of p-darts takes the place of the first on the page."""
    tiny = recipe()
    stages = ProgressiveSettings(depths=(1.0, 1.0), kept=(4,), dropout=(0.0, 0.0))
    search = replace(tiny.search, method="p-darts", progressive=stages)
    run = begin(replace(tiny, space=replace(tiny.space, cells=3), search=search), tmp_path, Impatient())
    with pytest.raises(KeyboardInterrupt):
        search_stage(run)
    rows = read_run(RunFolder(tmp_path)).search
    assert [(row.epoch, row.epochs) for row in rows] == [(1, 3), (2, 3), (3, 3)]


def test_the_board_shows_every_epoch_once(tmp_path: Path) -> None:
    """If this fails, TensorBoard shows an epoch twice after a stop, or not what the history says."""
    pytest.importorskip("tensorboard")
    folder = RunFolder(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        search_stage(begin(recipe(), tmp_path, Impatient(), tensorboard=True))
    assert [event.step for event in board(folder, "search").Scalars("shares/none")] == [1, 2]

    run = begin(recipe(), tmp_path, tensorboard=True)
    search_stage(run)
    found = board(folder, "search")
    history = read_run(folder).search
    assert [event.step for event in found.Scalars("loss")] == [1, 2, 3]
    assert [event.value for event in found.Scalars("loss")] == pytest.approx([row.loss for row in history])
    assert {"search", "shares"} <= set(found.Tags()["images"])
    assert not {"epoch", "epochs", "warmup"} & set(found.Tags()["scalars"])

    train_stage(run)
    trained = board(folder, "train")
    assert len(trained.Scalars("learning_rate")) == 3
    assert trained.Tags()["graph"]
    assert "training-loss" in trained.Tags()["images"]


def test_a_board_that_cannot_be_written_is_a_line(tmp_path: Path) -> None:
    """If this fails, a full disk ends a run with --tensorboard in a traceback."""
    pytest.importorskip("tensorboard")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write .*file/search"):
        Board(tmp_path / "file" / "search").scalars([])


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, it is found out after the search."""
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"--tensorboard needs tensorboard.*pip install .* .\.\[tensorboard\]"):
        begin(recipe(), tmp_path, tensorboard=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("stage", "part"), [(search_stage, "search"), (train_stage, "train")])
def test_epochs_without_their_checkpoints_are_not_begun_again_in_silence(
    stage: Callable[[Run], object], part: str, tmp_path: Path
) -> None:
    """If this fails, who loses a folder of checkpoints loses days, and the history that tells of them."""
    run = begin(recipe(), tmp_path)
    if part == "train":
        search_stage(run)
    with pytest.raises(KeyboardInterrupt):
        stage(replace(run, reporter=Impatient()))
    history = tmp_path / part / "history.jsonl"
    before = history.read_text()
    shutil.rmtree(tmp_path / part / "checkpoint")
    with pytest.raises(UserError, match="none of their checkpoints is left; remove it to start over"):
        stage(run)
    assert history.read_text() == before
    history.unlink()
    stage(run)
