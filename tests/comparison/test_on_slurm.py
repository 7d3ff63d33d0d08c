"""Cells handed in by submitit, to its executor on this machine."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from comparison_cases import tiny

from dsrna.comparison import Grid, compare
from dsrna.comparison.places.parcel import Parcel
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.recipes import overridden
from dsrna.runtime.comparison_folder import ComparisonFolder

submitit = pytest.importorskip("submitit")

from dsrna.comparison.places.on_slurm import OnSlurm  # noqa: E402

SMALL: dict[str, Any] = {
    "training": {"epochs": 1},
    "attack": {"images": 20, "attacks": ["fgsm"]},
    "certify": {"images": 4},
    "network": {"cells": 2, "channels": 4},
}


def grid() -> Grid:
    return Grid(tiny(), methods=("random",), seeds=(0,), fields={**SMALL, "data": {"limit": 100}})


def job(folder: Path, **fields: Any) -> Job:
    return Job("x", overridden(tiny(), {**SMALL, **fields}, where="test"), ComparisonFolder(folder), 1)


def test_a_grid_of_jobs(tmp_path: Path) -> None:
    """If this fails, what the jobs leave is not gathered."""
    found = compare(grid(), tmp_path, place=OnSlurm(cluster="local"))
    assert [row.failure for row in found.rows] == [None]
    assert found.rows[0].measures["clean"] > 0


def test_a_failed_cell_says_why(tmp_path: Path) -> None:
    """If this fails, a failed job stands in the table without its reason."""
    with OnSlurm(cluster="local").opened(ComparisonFolder(tmp_path)) as cells:
        cells.begin(job(tmp_path, data={"limit": 5}))
        [ended] = cells.ended()
    assert ended.failure == "limit 5 is too small: two images of each of 10 classes are 20"


def test_a_job_that_dies_is_a_failed_cell(tmp_path: Path) -> None:
    """If this fails, a job that the cluster killed ends the comparison, or is waited for without end."""
    with OnSlurm(cluster="local").opened(ComparisonFolder(tmp_path)) as cells:
        cells.begin(job(tmp_path))
        [handed] = cells.running
        os.kill(task_of(int(handed.job_id)), signal.SIGKILL)
        [ended] = cells.ended()
    assert ended.failure is not None
    assert ended.failure.startswith(f"job {handed.job_id} ended as ")
    assert "\n" not in ended.failure


def test_a_job_that_must_give_way_goes_on_in_another(tmp_path: Path) -> None:
    """If this fails, a run longer than a job of the cluster never ends."""
    with OnSlurm(cluster="local").opened(ComparisonFolder(tmp_path)) as cells:
        cells.begin(job(tmp_path, data={"limit": 100}))
        [handed] = cells.running
        first = task_of(int(handed.job_id))
        begun = ComparisonFolder(tmp_path).cell("x").environment
        wait_for(begun.exists)
        os.kill(first, signal.SIGUSR2)
        wait_for(lambda: not Path(f"/proc/{first}").exists())
        [ended] = cells.ended()
    assert ended.failure is None
    assert "this job is preempted" in (tmp_path / "jobs" / f"{handed.job_id}_0_log.err").read_text()


def test_what_the_cluster_is_asked_for(tmp_path: Path) -> None:
    """If this fails, jobs have less than they need, or wait for what they do not use."""
    options = OnSlurm(minutes=30, partition="gpu", account="us", memory=8)
    assert options.asked(job(tmp_path, device="cuda", threads=3)) == {
        "name": "dsrna",
        "timeout_min": 30,
        "cpus_per_task": 3,
        "gpus_per_node": 1,
        "mem_gb": 8,
        "slurm_partition": "gpu",
        "slurm_account": "us",
    }
    assert OnSlurm().asked(job(tmp_path, threads=3)) == {"name": "dsrna", "timeout_min": 240, "cpus_per_task": 3}


def test_a_cell_takes_the_gpu_that_it_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, every cell of a recipe for the machine's third GPU is refused: a job sees one, its first."""
    sent: list[str] = []

    def submit(_: object, parcel: Parcel) -> str:
        sent.append(parcel.job.recipe.device)
        return "handed in"

    with OnSlurm(cluster="local").opened(ComparisonFolder(tmp_path)) as cells:
        monkeypatch.setattr(cells.executor, "submit", submit)
        monkeypatch.setattr(type(cells), "stop", lambda _: None)
        for device in ("cuda:2", "cpu"):
            cells.begin(job(tmp_path, device=device))
    assert sent == ["cuda", "cpu"]


def test_a_folder_of_jobs_that_cannot_be_is_a_mistake(tmp_path: Path) -> None:
    """If this fails, a mistake of the user's ends in a traceback."""
    folder = ComparisonFolder(tmp_path)
    folder.jobs.write_text("")
    place = OnSlurm(cluster="local")
    with pytest.raises(UserError, match="jobs"), place.opened(folder) as cells:
        cells.begin(job(tmp_path))


def test_a_machine_without_slurm_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, jobs run on the machine that was to hand them in, or end in a traceback."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="no sbatch here"):
        compare(grid(), tmp_path, place=OnSlurm())
    with pytest.raises(UserError, match="--slurm.minutes must be at least 1"):
        OnSlurm(minutes=0)


def task_of(controller: int) -> int:
    """Return the process that submitit's controller of a job has started."""
    children = Path(f"/proc/{controller}/task/{controller}/children")
    wait_for(lambda: bool(children.read_text().split()))
    return int(children.read_text().split()[0])


def wait_for(there: Any) -> None:
    deadline = time.monotonic() + 120
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.05)
