"""Cells as tasks of a Ray cluster."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import ray
from ray.exceptions import RayError, RayTaskError

from dsrna.comparison.places.parcel import Delivery, carry_out, marked, packed, unpacked
from dsrna.comparison.places.place import Ended, check_workers
from dsrna.comparison.worker import Job, attempted, last_line
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.stopping import kept

RETRIES: Final = 3
"""How often a cell is begun again after its node died."""
PATIENCE: Final = 10.0
"""Seconds in which an address must answer."""


@dataclass(frozen=True)
class OnRay:
    """``address`` of a cluster; None: the one that this machine is of or ``RAY_ADDRESS`` names, or a new one here.

    ``workers``: most cells under way at a time; None: as many as the cluster has room for.
    """

    address: str | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        check_workers(self.workers)

    @property
    def threads(self) -> int:
        """One: nobody here knows the cores of other machines."""
        return 1

    @contextmanager
    def opened(self, folder: ComparisonFolder) -> Iterator["_Cells"]:
        _connect(self.address)
        try:
            with marked(folder) as mark:
                yield _Cells(self.workers, mark)
        finally:
            ray.shutdown()


@dataclass(frozen=True)
class Needs:
    """What a cell reserves. A cell on a GPU knows it as ``cuda``, whichever it is; the others leave GPUs alone."""

    cpus: int
    gpus: int

    @classmethod
    def of(cls, job: Job) -> "Needs":
        return cls(job.cpus, int(job.recipe.device.startswith("cuda")))

    @property
    def device(self) -> str:
        return "cuda" if self.gpus else "cpu"

    def check(self, nodes: list[dict[str, Any]]) -> None:
        """Raise ``UserError`` where no node will ever have room: such a cell would wait without end, and in silence."""
        having = [node["Resources"] for node in nodes if node["Alive"]]
        if not any(has.get("CPU", 0) >= self.cpus and has.get("GPU", 0) >= self.gpus for has in having):
            raise UserError(
                f"no node of the Ray cluster has {self.cpus} CPUs and {self.gpus} GPUs for a cell; "
                "change --worker-threads or --device"
            )


@dataclass(frozen=True)
class _Cells:
    room: int | None
    mark: Path
    running: dict[Any, Job] = field(default_factory=dict)

    def begin(self, job: Job) -> None:
        needs = Needs.of(job)
        needs.check(ray.nodes())
        task = ray.remote(num_cpus=needs.cpus, num_gpus=needs.gpus, max_retries=RETRIES, max_calls=1)(carry_out)
        sent = replace(job, recipe=replace(job.recipe, device=needs.device))
        self.running[task.remote(packed(sent, self.mark))] = job

    def ended(self) -> list[Ended]:
        ended, _ = ray.wait(list(self.running), num_returns=1)
        return [self._ended(task) for task in ended]

    def _ended(self, task: Any) -> Ended:
        job = self.running.pop(task)
        try:
            delivery: Delivery = ray.get(task)
        except RayError as error:
            return Ended(job.name, _reason(error))
        return Ended(job.name, attempted(lambda received: unpacked(delivery, received), job))


def _connect(address: str | None) -> None:
    try:
        _check_answers(address or "")
        with kept():
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(
            f"cannot connect to Ray at {address or 'its usual address'}: {last_line(str(error))}"
        ) from error


def _check_answers(address: str) -> None:
    """Ask whether anybody is there: Ray itself asks for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), PATIENCE).close()


def _reason(error: RayError) -> str:
    """What a task of ours raised, or what became of its node."""
    cause = error.cause if isinstance(error, RayTaskError) else error
    first = str(cause).strip().split("\n", maxsplit=1)[0]
    return f"{type(cause).__name__}: {first}"
