"""A command that is asked to stop, and a second one in the same folder."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from endings import same_end
from safetensors.torch import load_file
from tiny import tiny_recipe, waited_for

import dsrna
from dsrna.cli import main
from dsrna.evaluation.proofs import Proofs
from dsrna.evaluation.trial import Trial
from dsrna.recipes import Recipe, to_yaml
from dsrna.runtime import stopping
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.files import SCRATCH
from dsrna.runtime.run_folder import RunFolder
from dsrna.search.steps import Bilevel
from dsrna.stages import begin, search_stage, train_stage
from dsrna.training.descent import Descent


def recipe() -> Recipe:
    """One epoch that is long enough to be stopped in; a published architecture, so that nothing is searched."""
    base = tiny_recipe()
    training = replace(base.training, epochs=1, batch_size=2, checkpoint_minutes=0.0)
    certify = replace(base.certify, images=12, batch_size=4)
    return replace(base, architecture="darts-v2", training=training, certify=certify)


def told(number: signal.Signals) -> str:
    goes_on = "the same command goes on from what is saved (an attack or a certification begins anew)"
    return f"dsrna: stopped by {number.name}; {goes_on}\n"


def command(folder: RunFolder) -> list[str]:
    config = folder.path.with_suffix(".yaml")
    config.write_text(to_yaml(recipe()))
    return ["run", "digits", "--config", str(config), "--out", str(folder.path)]


def started(folder: RunFolder) -> subprocess.Popen[str]:
    folder.path.mkdir(parents=True)
    line = [sys.executable, "-m", "dsrna", *command(folder)]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nobody stopped."""
    folder = RunFolder(tmp_path_factory.mktemp("alone") / "run")
    assert main(command(folder)) == 0
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_a_training_is_saved_in_its_epoch_and_goes_on(
    number: signal.Signals, alone: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a pre-empted job loses an epoch, says nothing, or ends in other weights than one left alone."""
    folder = RunFolder(tmp_path / "run")
    with started(folder) as process:
        waited_for(lambda: folder.genotype.exists() and folder.lock.exists(), process)
        _told_who_holds_it(folder, capsys)
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert said == told(number)
    assert not folder.lock.exists()
    for stage in (search_stage, train_stage):
        stage(begin(recipe(), folder.path))
    left, right = load_file(folder.weights), load_file(alone.weights)
    assert all(left[name].equal(right[name]) for name in right)


def _told_who_holds_it(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    pid = json.loads(folder.lock.read_text())["pid"]
    capsys.readouterr()
    assert main(["train", str(folder.path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"dsrna: error: {folder.path} is in use by process {pid} on ")
    assert said.count("\n") == 1


@contextmanager
def sigterm_at_the_third(owner: type, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SIGTERM comes as the third step of the block begins, and it must be the last one."""
    step, done = getattr(owner, name), list[int]()

    def stepping(*arguments: object) -> object:
        done.append(1)
        if len(done) == 3:
            signal.raise_signal(signal.SIGTERM)
        return step(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, stepping)
        yield
    assert len(done) == 3


def stopped_at_the_third(owner: type, name: str, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the work, and be stopped in it."""
    with sigterm_at_the_third(owner, name, monkeypatch), pytest.raises(stopping.Stopped), stopping.heard():
        work()


def last_step(checkpoints: Path) -> int:
    latest = Checkpoints(checkpoints).latest()
    assert latest is not None
    return latest.step


def test_the_step_that_was_under_way_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, the signal waits for the end of the epoch, which may be hours off."""
    run = begin(recipe(), tmp_path / "run")
    search_stage(run)
    stopped_at_the_third(Descent, "step", lambda: train_stage(run), monkeypatch)
    assert last_step(run.folder.training_checkpoints) == 3


def test_a_search_saves_the_step_that_was_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a pre-empted search loses what it did of an epoch of hours."""
    base = tiny_recipe()
    long = replace(base, search=replace(base.search, epochs=1, warmup_epochs=0, batch_size=16))
    alone, run = begin(long, tmp_path / "alone"), begin(long, tmp_path / "run")
    search_stage(alone)
    stopped_at_the_third(Bilevel, "weights_step", lambda: search_stage(run), monkeypatch)
    assert last_step(run.folder.search_checkpoints) == 3
    search_stage(run)
    assert run.folder.genotype.read_bytes() == alone.folder.genotype.read_bytes()


LEFT = {
    "attack": (Trial, ("attack", "attack_images", "adversarial", "adversarial_list", "certify", "report")),
    "certify": (Proofs, ("certify", "certify_images", "report")),
}
"""What faces the images, batch after batch, in a stage, and what is there once it, and all after it, has ended."""


@pytest.mark.parametrize("stage", LEFT)
def test_an_evaluation_that_is_stopped_leaves_nothing_and_begins_anew(
    stage: str, alone: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a pre-empted attack or certification is a traceback, or half of one is taken for a result."""
    folder, (owner, files) = RunFolder(tmp_path / "run"), LEFT[stage]
    with sigterm_at_the_third(owner, "face", monkeypatch):
        assert main(command(folder)) == 128 + signal.SIGTERM
    assert capsys.readouterr().err == told(signal.SIGTERM)
    assert not any(getattr(folder, name).exists() for name in ("lock", *files))
    assert not list(folder.path.rglob(f"*{SCRATCH}"))
    done = (folder.model, folder.attack)[: 1 + (stage == "certify")]
    before = [path.read_bytes() for path in done]
    assert main(command(folder)) == 0
    assert [path.read_bytes() for path in done] == before
    same_end(folder, alone)


def test_the_page_of_a_run_under_way_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, nobody can look at a run before it has ended."""
    folder = RunFolder(tmp_path / "run")
    search_stage(begin(recipe(), folder.path))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert main(["report", str(folder.path)]) == 0
        assert main(["train", str(folder.path)]) == 2
        process.kill()
    assert "has only just begun" in capsys.readouterr().err


HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""


def test_a_run_killed_before_its_recipe_was_written_begins_again(tmp_path: Path) -> None:
    """If this fails, a run that was killed in its first instant is taken for a folder of something else."""
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.environment.write_text("{}")
    (folder.path / ".recipe.yaml.abc.partial").write_text("half")
    assert dsrna.stages.begin(recipe(), folder.path).recorded == recipe()
    assert {path.name for path in folder.path.iterdir()} == {"environment.json", "recipe.yaml"}
