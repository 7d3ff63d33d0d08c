"""A full disk and a read-only folder, at every single write of every stage."""

import ast
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from endings import same_end
from tiny import shortest_recipe

import dsrna
from dsrna.errors import UserError
from dsrna.report import write_report
from dsrna.runtime import files
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import attack_stage, begin, certify_stage, search_stage, train_stage

SOURCE = Path(dsrna.__file__).parent


STAGES: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "begin": (lambda path: begin(shortest_recipe(), path), (".",)),
    "search": (lambda path: search_stage(begin(shortest_recipe(), path)), ("search", "train")),
    "train": (lambda path: train_stage(begin(shortest_recipe(), path)), ("train",)),
    "attack": (lambda path: attack_stage(begin(shortest_recipe(), path), again=True), ()),
    "certify": (lambda path: certify_stage(begin(shortest_recipe(), path), again=True), ()),
    "report": (lambda path: write_report(RunFolder(path)), ()),
}
"""What a stage does, and which folders it begins without."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("alone") / "run"
    dsrna.run(shortest_recipe(), folder)
    return RunFolder(folder)


@dataclass
class Disk:
    """A disk on which each file can be written at the third attempt only: it is read-only, then full."""

    refused: dict[str, int] = field(default_factory=dict)

    def write(self, name: str, attempt: int, number: int) -> None:
        if self.refused.setdefault(name, 0) == attempt:
            self.refused[name] += 1
            raise OSError(number, os.strerror(number))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk, make, flush = Disk(), tempfile.mkstemp, files._flush

    def mkstemp(suffix: str, prefix: str, folder: Path) -> Any:
        disk.write(f"{folder}/{prefix.strip('.')}", 0, errno.EROFS)
        return make(suffix, prefix, folder)

    def flushed(path: Path) -> None:
        disk.write(f"{path.parent}/{path.name.strip('.').rsplit('.', 2)[0]}", 1, errno.ENOSPC)
        flush(path)

    with monkeypatch.context() as patch:
        patch.setattr("dsrna.runtime.files.tempfile.mkstemp", mkstemp)
        patch.setattr(files, "_flush", flushed)
        yield disk


@pytest.mark.parametrize("stage", STAGES)
def test_every_write_of_a_stage_may_fail(stage: str, alone: RunFolder, tmp_path: Path, disk: Disk) -> None:
    """If this fails, a disk that fills up costs a run what it had, ends it in a traceback, or changes its end."""
    work, removed = STAGES[stage]
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(alone.path, folder.path)
    for name in removed:
        shutil.rmtree(folder.path / name)
    failures = failures_until_done(lambda: work(folder.path))
    assert failures == sum(disk.refused.values()) == 2 * len(disk.refused) > 0
    assert not [path for path in folder.path.rglob(".*") if path != folder.lock]
    disk.refused = dict.fromkeys(disk.refused, 2)
    finish(folder, disk)
    same_end(folder, alone)


def failures_until_done(work: Callable[[], object]) -> int:
    failures = 0
    while True:
        try:
            work()
        except UserError as error:
            said = str(error)
        else:
            return failures
        assert said.startswith("cannot write ")
        assert "\n" not in said
        failures += 1


def finish(folder: RunFolder, disk: Disk) -> None:
    """Run what is left, on a disk with room."""
    disk.write = lambda *_: None  # type: ignore[method-assign]
    dsrna.run(shortest_recipe(), folder.path)


WRITING = {
    "write_text",
    "write_bytes",
    "savefig",
    "save_file",
    "mkstemp",
    "mkdir",
    "unlink",
    "touch",
    "rmtree",
    "rename",
}
ELSEWHERE = {
    ("runtime/checkpoint.py", "save_file"): "into the scratch file of replacing",
    ("runtime/lock.py", "mkdir"): "the lock is one inode for ever; its errors are mended there",
    ("runtime/lock.py", "unlink"): "as above",
    ("report/plot.py", "savefig"): "into memory",
    ("report/board.py", "rmtree"): "what TensorBoard reads is not ours to write; its errors are mended there",
    ("data/resuming.py", "rename"): "as below",
    ("data/fetching.py", "mkdir"): "downloads come into a folder of their own, in place at once",
    ("data/fetching.py", "write_bytes"): "as above",
    ("data/fetching.py", "rename"): "as above",
    ("data/fetching.py", "rmtree"): "as above",
    ("comparison/places/parcel.py", "mkdir"): "a cell's run that arrives is unpacked beside its place, moved in whole",
    ("comparison/places/parcel.py", "rmtree"): "as above",
}


def calls(path: Path) -> Iterator[str]:
    """Yield the methods called in a file that write; ``open`` where it is for writing."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            ours = isinstance(owner, ast.Name) and owner.id == "files"
            modes = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if name == "open" and any(isinstance(mode, str) and set(mode) & set("wax+") for mode in modes):
                yield "open"
            if name == "save_file" or (name in WRITING and owner is not None and not ours):
                yield name


def test_whatever_is_written_is_written_by_one_file() -> None:
    """If this fails, some write is not covered by the test above: a full disk there is a traceback, or half a file."""
    found = {
        (str(path.relative_to(SOURCE)), name)
        for path in SOURCE.rglob("*.py")
        if path != SOURCE / "runtime" / "files.py"
        for name in calls(path)
    }
    assert found == ELSEWHERE.keys()
