"""Cells that are sent to other machines."""

import errno
import os
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from comparison_cases import pretend, tiny

from dsrna.comparison.places import parcel
from dsrna.comparison.places.parcel import Delivery, carry_out, marked, packed, unpacked
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_text


def job(folder: Path) -> Job:
    return Job("a-standard-0", tiny(), ComparisonFolder(folder), 1)


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A worker that leaves a finished run, checkpoints and a log; the folders that it ran in."""
    seen: list[Path] = []

    def work(given: Job) -> None:
        seen.append(given.folder.path)
        pretend(given, 150)
        write_text(given.folder.cell(given.name).training_checkpoints / "step-000001.safetensors", "large")
        write_text(given.folder.log(given.name), "said")

    monkeypatch.setattr(parcel, "in_a_process", work)
    return seen


def test_a_machine_that_sees_the_folder_writes_into_it(tmp_path: Path, working: list[Path]) -> None:
    """If this fails, cells travel as bytes where a path would do, and nothing is resumed after a stop."""
    with marked(ComparisonFolder(tmp_path)) as mark:
        delivery = carry_out(packed(job(tmp_path), mark))
    assert delivery == Delivery(None, None)
    assert working == [tmp_path]
    assert not mark.exists()


def test_a_disk_that_is_full_elsewhere_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a cell that failed on another machine stands in the table with the path of a log."""

    def full(_: Job) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(parcel, "in_a_process", full)
    delivery = carry_out(packed(job(tmp_path), tmp_path / "not-there"))
    assert delivery == Delivery("[Errno 28] No space left on device", None)


def test_a_machine_that_does_not_sends_the_run_back(tmp_path: Path, working: list[Path]) -> None:
    """If this fails, cells of machines without a shared folder are lost, or come with all their checkpoints."""
    own = job(tmp_path)
    stale = own.folder.cell(own.name).attack
    write_text(stale, "of a run that was stopped here")
    assert unpacked(carry_out(packed(own, tmp_path / "not-there")), own) is None
    assert working != [tmp_path]
    assert not working[0].exists()
    run = own.folder.cell(own.name)
    assert run.report.exists()
    assert stale.read_text().startswith("{")
    assert not run.training_checkpoints.exists()
    assert own.folder.log(own.name).read_text() == "said"
    assert not list(tmp_path.glob(".*"))


def test_a_failed_cell_sends_its_log_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, half a run takes the place of one that could have gone on, or its log is lost."""

    def fail(given: Job) -> str:
        pretend(given, 150)
        write_text(given.folder.log(given.name), "out of memory")
        return "out of memory"

    monkeypatch.setattr(parcel, "in_a_process", fail)
    own = job(tmp_path)
    assert unpacked(carry_out(packed(own, tmp_path / "not-there")), own) == "out of memory"
    assert own.folder.log(own.name).read_text() == "out of memory"
    assert not own.folder.cell(own.name).path.exists()


def test_what_hinders_another_machine_is_the_cells_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a full disk of one machine ends the comparison."""

    def full(given: Job) -> str | None:
        raise UserError("cannot write it: No space left on device")

    monkeypatch.setattr(parcel, "in_a_process", full)
    delivery = carry_out(packed(job(tmp_path), tmp_path / "not-there"))
    assert delivery.failure == "cannot write it: No space left on device"


def test_relative_paths_mean_what_they_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, working: list[Path]
) -> None:
    """If this fails, --out runs/x or --data-dir images lead somewhere else on another machine of the same folders."""
    monkeypatch.chdir(tmp_path)
    sent = packed(job(Path("runs")), tmp_path / "not-there")
    assert sent.job.folder.path == tmp_path / "runs"
    assert sent.here == tmp_path


@pytest.mark.parametrize("name", ["../out.txt", "{root}/out.txt", "cells/../../out.txt"])
def test_nothing_that_comes_back_is_written_outside(name: str, tmp_path: Path) -> None:
    """If this fails, a machine that is not to be trusted writes where it likes."""
    own = job(tmp_path / "comparison")
    own.folder.path.mkdir()
    with BytesIO() as file:
        with ZipFile(file, "w") as archive:
            archive.writestr(name.format(root=tmp_path), "out")
        unpacked(Delivery(None, file.getvalue()), own)
    assert not list(tmp_path.rglob("out.txt"))


@pytest.mark.parametrize("files", [b"no zip", None])
def test_what_cannot_be_unpacked_is_a_line(files: bytes | None, tmp_path: Path, working: list[Path]) -> None:
    """If this fails, a full disk here, or a damaged answer, ends the comparison in a traceback."""
    own = job(tmp_path)
    delivery = carry_out(packed(own, tmp_path / "not-there")) if files is None else Delivery(None, files)
    own.folder.cells.write_text("in the way")
    assert working or files
    with pytest.raises(UserError, match="what came back of a-standard-0 cannot be put into"):
        unpacked(delivery, own)
