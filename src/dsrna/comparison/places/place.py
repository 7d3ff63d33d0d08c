"""What a place is where cells run."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder


@dataclass(frozen=True)
class Ended:
    """The cell of that name has ended; ``failure``: why without a result, None where its run folder is there."""

    name: str
    failure: str | None


def check_workers(workers: int | None) -> None:
    """Raise ``UserError`` for fewer than one; None is no limit."""
    if workers is not None and workers < 1:
        raise UserError(f"a comparison needs a worker at least, not {workers}")


@runtime_checkable
class Cells(Protocol):
    """Cells under way in an open place."""

    @property
    def room(self) -> int | None:
        """How many may be under way at a time; None: any number, the place lets them wait."""

    def begin(self, job: Job) -> None:
        """Start a cell, or queue it. A place that cannot, ever or just now, raises ``UserError``."""

    def ended(self) -> list[Ended]:
        """Wait until a cell ends, and return those that have."""


@runtime_checkable
class Place(Protocol):
    """Where cells run, and under which options."""

    @property
    def threads(self) -> int:
        """How many threads a cell has where neither the recipe nor anybody else says it."""

    def opened(self, folder: ComparisonFolder) -> AbstractContextManager[Cells]:
        """Take what is needed for a comparison in ``folder``, and give it back at the end."""
