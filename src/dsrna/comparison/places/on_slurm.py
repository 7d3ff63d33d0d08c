"""Cells as jobs of a SLURM cluster, handed in by submitit."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import submitit
from submitit.core.utils import FailedJobError, UncompletedJobError

from dsrna.comparison.places.parcel import Delivery, Parcel, carry_out, marked, packed, unpacked
from dsrna.comparison.places.place import Ended, check_workers
from dsrna.comparison.worker import Job, attempted, last_line
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder

AGAIN: Final = 3
"""How often a cell that ran out of its time, or had to give way, goes on in another job."""
PAUSE: Final = 1.0
"""Seconds between two looks; submitit asks the cluster itself more rarely."""


@dataclass(frozen=True)
class OnSlurm:
    """``minutes`` and ``memory`` (GB) of a cell; partition and account as the cluster has them, None: its own choice.

    ``workers``: most cells handed in at a time; None: all that are ready. ``cluster``: ``local`` runs the jobs here.
    """

    minutes: int = 240
    partition: str | None = None
    account: str | None = None
    memory: int | None = None
    workers: int | None = None
    cluster: Literal["slurm", "local"] = "slurm"

    def __post_init__(self) -> None:
        check_workers(self.workers)
        for name in ("minutes", "memory"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UserError(f"--slurm.{name} must be at least 1, not {value}")

    @property
    def threads(self) -> int:
        """One: nobody here knows the cores of other machines."""
        return 1

    @contextmanager
    def opened(self, folder: ComparisonFolder) -> Iterator["_Cells"]:
        if self.cluster == "slurm" and shutil.which("sbatch") is None:
            raise UserError("there is no sbatch here: --on slurm hands jobs in where a SLURM cluster can be reached")
        with marked(folder) as mark:
            try:
                executor = submitit.AutoExecutor(folder.jobs, self.cluster, slurm_max_num_timeout=AGAIN)
            except OSError as error:
                raise UserError(f"cannot write {folder.jobs}: {error.strerror or error}") from error
            cells = _Cells(self, executor, mark)
            try:
                yield cells
            finally:
                cells.stop()

    def asked(self, job: Job) -> dict[str, int | str]:
        """What submitit is to ask of the cluster for a cell."""
        wanted = {
            "timeout_min": self.minutes,
            "cpus_per_task": job.cpus,
            "gpus_per_node": 1 if asks_gpu(job) else None,
            "mem_gb": self.memory,
            "slurm_partition": self.partition,
            "slurm_account": self.account,
        }
        return {"name": "dsrna", **{name: value for name, value in wanted.items() if value is not None}}


def asks_gpu(job: Job) -> bool:
    """Whether a cell is to have a GPU: whichever it gets is the only one that it sees, and so its first."""
    return job.recipe.device.startswith("cuda")


class _Continued:
    """Carries a cell out, and when it must give way hands itself in again: the run goes on where it was."""

    def __call__(self, parcel: Parcel) -> Delivery:
        return carry_out(parcel)

    def checkpoint(self, parcel: Parcel) -> submitit.helpers.DelayedSubmission:
        return submitit.helpers.DelayedSubmission(self, parcel)


@dataclass(frozen=True)
class _Cells:
    options: OnSlurm
    executor: submitit.AutoExecutor
    mark: Path
    running: "dict[submitit.Job[Delivery], Job]" = field(default_factory=dict)

    @property
    def room(self) -> int | None:
        return self.options.workers

    def begin(self, job: Job) -> None:
        self.executor.update_parameters(**self.options.asked(job))
        sent = replace(job, recipe=replace(job.recipe, device="cuda")) if asks_gpu(job) else job
        try:
            handed = self.executor.submit(_Continued(), packed(sent, self.mark))
        except (FailedJobError, OSError) as error:
            raise UserError(f"the cluster does not take the job: {last_line(str(error))}") from error
        self.running[handed] = job

    def ended(self) -> list[Ended]:
        while not (ended := [handed for handed in self.running if handed.done()]):
            time.sleep(PAUSE)
        return [self._ended(handed) for handed in ended]

    def _ended(self, handed: "submitit.Job[Delivery]") -> Ended:
        job = self.running.pop(handed)
        try:
            delivery = handed.result()
        except (FailedJobError, UncompletedJobError) as error:
            return Ended(job.name, f"job {handed.job_id} ended as {handed.state}: {last_line(str(error))}")
        return Ended(job.name, attempted(lambda received: unpacked(delivery, received), job))

    def stop(self) -> None:
        for handed in self.running:
            handed.cancel()
