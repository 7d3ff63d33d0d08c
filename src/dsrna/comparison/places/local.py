"""Cells as processes of this machine."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from dsrna.comparison.places.place import Ended, check_workers
from dsrna.comparison.worker import Job, Worker, attempted, in_a_process, may_begin, stop_all
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.threads import cores


@dataclass(frozen=True)
class Local:
    """``workers`` cells at a time, each in a process of its own."""

    workers: int = 1
    worker: Worker = in_a_process

    def __post_init__(self) -> None:
        check_workers(self.workers)

    @property
    def threads(self) -> int:
        """The cores, divided among the workers."""
        return max(1, cores() // self.workers)

    @contextmanager
    def opened(self, folder: ComparisonFolder) -> Iterator["_Cells"]:  # noqa: ARG002  it is seen from here
        try:
            with ThreadPoolExecutor(self.workers) as pool:
                try:
                    yield _Cells(self.workers, self.worker, pool)
                except BaseException:
                    stop_all()  # else the error would wait for the longest of them; of Ctrl-C they may not have heard
                    raise
        finally:
            may_begin()


@dataclass(frozen=True)
class _Cells:
    room: int
    worker: Worker
    pool: ThreadPoolExecutor
    running: dict[Future[str | None], str] = field(default_factory=dict)

    def begin(self, job: Job) -> None:
        self.running[self.pool.submit(attempted, self.worker, job)] = job.name

    def ended(self) -> list[Ended]:
        ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
        return [Ended(self.running.pop(future), future.result()) for future in ended]
