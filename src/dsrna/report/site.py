"""What the server shows: the page of a run, or of a comparison and of each of its runs, as far as they have come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

from dsrna.comparison import Comparison
from dsrna.report.comparison_page import comparison_page
from dsrna.report.comparison_sheets import run_link
from dsrna.report.page import report_page
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.lock import beating
from dsrna.runtime.run_folder import RunFolder

FIRST: Final = "/"
"""Where the page is that a reader opens."""
SHOWN: Final = (
    "recipe",
    "environment",
    "genotype",
    "published",
    "found",
    "search_history",
    "training_history",
    "model",
    "own_model",
    "attack",
    "certify",
    "adversarial",
)
"""The files that the page of a run is made of."""


@dataclass
class Drawn:
    """A page, drawn anew where a file that it is made of is not what it was."""

    files: Sequence[Path]
    draw: Callable[[], str]
    _seen: object = None
    _page: bytes = b""

    def page(self) -> bytes:
        seen = [_state(path) for path in self.files]
        if seen != self._seen:
            self._page, self._seen = self.draw().encode(), seen
        return self._page


@dataclass
class Site:
    """Pages by their paths. ``lock``: of the process that goes on with what is shown, if there is one."""

    lock: Path
    find: Callable[[str], Drawn | None]
    _drawing: Lock = field(default_factory=Lock)

    @property
    def goes_on(self) -> bool:
        """Whether a process has the folder: its lock is there, and was touched of late."""
        return beating(self.lock)

    def page(self, path: str) -> bytes | None:
        """Return what is at ``path``, None where nothing is; a damaged file is a ``UserError`` that names it."""
        with self._drawing:  # the settings of plots are the process's
            drawn = self.find(path)
            return None if drawn is None else drawn.page()


def run_site(folder: RunFolder) -> Site:
    """Return the one page of a run. Nothing that is asked for is ever looked up among the files."""
    return Site(folder.lock, {FIRST: _run(folder)}.get)


def comparison_site(folder: ComparisonFolder) -> Site:
    """Return the page of a comparison, and those that it links to. What is asked for is looked up among its links."""
    first = Drawn([folder.result], lambda: comparison_page(Comparison.load(folder.path), folder))
    run = cache(lambda name: _run(folder.cell(name)))

    def find(path: str) -> Drawn | None:
        if path == FIRST:
            return first
        rows = Comparison.load(folder.path).rows
        return next((run(row.cell.name) for row in rows if f"/{run_link(row, folder)}" == path), None)

    return Site(folder.lock, find)


def _run(folder: RunFolder) -> Drawn:
    return Drawn([getattr(folder, name) for name in SHOWN], lambda: report_page(folder))


def _state(path: Path) -> tuple[int, int, int] | None:
    """What is another one once a file was replaced; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
