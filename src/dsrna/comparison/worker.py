"""One cell in a process of its own, so that whatever becomes of it, the others go on."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from signal import SIGTERM
from typing import Final

from dsrna.errors import UserError
from dsrna.recipes import Recipe, to_yaml
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import growing, read_text, write_text
from dsrna.runtime.lifeline import tied
from dsrna.runtime.lock import STALE, WATCHED, wait_for


@dataclass(frozen=True)
class Job:
    """A cell that is ready to run: everything that another process needs to know.

    ``threads``: so many where the recipe does not say how many.
    """

    name: str
    recipe: Recipe
    folder: ComparisonFolder
    threads: int

    @property
    def cpus(self) -> int:
        return self.recipe.threads or self.threads


BASE: Final = "digits"
"""The recipe in whose place every field of the job's comes: one that has a name of its own is not registered."""

_RUNNING: Final[set[subprocess.Popen[bytes]]] = set()
_ENDING: Final = threading.Event()
_CHANGING: Final = threading.Lock()
"""No process may begin between the look at who runs and the word that all are to end."""

Worker = Callable[[Job], str | None]
"""Runs a job, and returns None or the reason why it failed."""


PATIENCE: Final = 2 * (STALE + WATCHED)
"""Seconds in which a dead machine's lock is free, and a process that is about to end has saved itself."""


def in_a_process(job: Job) -> str | None:
    """Run ``dsrna run`` on the job's recipe; its standard error is kept as the cell's log.

    Who had begun the cell may have been killed, and what it left may not have ended, or its machine not be missed yet.
    """
    run, path, log = job.folder.cell(job.name), job.folder.recipe(job.name), job.folder.log(job.name)
    if run.path.exists():
        wait_for(run.lock, PATIENCE, unless=_ENDING.is_set)
    if _ENDING.is_set():
        return "stopped before it began"
    write_text(path, to_yaml(replace(job.recipe, threads=job.cpus)))
    command = [sys.executable, "-m", "dsrna", "run", BASE]
    options = ["--config", str(path), "--out", str(run.path)]
    with growing(log) as file, tied([*command, *options], file) as process, _running(process):
        code = process.wait()
    return None if code == 0 else _reason(read_text(log), code)


@contextmanager
def _running(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    with _CHANGING:
        _RUNNING.add(process)
        if _ENDING.is_set():
            process.send_signal(SIGTERM)
    try:
        yield
    finally:
        _RUNNING.discard(process)


def stop_all() -> None:
    """Ask every process that runs a cell to save what it has and to end, and let none begin."""
    with _CHANGING:
        _ENDING.set()
        for process in tuple(_RUNNING):
            process.send_signal(SIGTERM)


def may_begin() -> None:
    """Let processes begin again after ``stop_all``."""
    _ENDING.clear()


def attempted(worker: Worker, job: Job) -> str | None:
    """Run a job; where not even its process can be started, return why."""
    try:
        return worker(job)
    except UserError as error:
        return str(error)


def last_line(said: str) -> str:
    """Return the last line that says something; empty where none does."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")


def _reason(said: str, code: int) -> str:
    """The last line that was said, or the signal by which the process died."""
    if code < 0:
        return f"killed by signal {-code}"
    return last_line(said).removeprefix("dsrna: error: ") or f"ended with code {code} and said nothing"
