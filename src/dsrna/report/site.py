"""What the server shows: the page of a run, or of a comparison and of each of its runs, as far as they have come."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
class Site(ABC):
    """Pages by their paths. A page that cannot be drawn, for a damaged file, is a ``UserError`` that names it."""

    _pages: dict[Path, Drawn] = field(default_factory=dict)
    _drawing: Lock = field(default_factory=Lock)

    @property
    @abstractmethod
    def lock(self) -> Path:
        """The lock of the process that goes on with what is shown, if there is one."""

    @abstractmethod
    def find(self, path: str) -> Drawn | None: ...

    @property
    def goes_on(self) -> bool:
        """Whether a process has the folder: its lock is there, and was touched of late."""
        return beating(self.lock)

    def page(self, path: str) -> bytes | None:
        """Return what is at ``path``; None where nothing is."""
        with self._drawing:  # the settings of plots are the process's
            drawn = self.find(path)
            return None if drawn is None else drawn.page()

    def _run(self, folder: RunFolder) -> Drawn:
        files = [getattr(folder, name) for name in SHOWN]
        return self._pages.setdefault(folder.path, Drawn(files, lambda: report_page(folder)))


@dataclass
class RunSite(Site):
    """One page. Nothing that is asked for is ever looked up among the files."""

    folder: RunFolder = field(kw_only=True)

    @property
    def lock(self) -> Path:
        return self.folder.lock

    def find(self, path: str) -> Drawn | None:
        return self._run(self.folder) if path == FIRST else None


@dataclass
class ComparisonSite(Site):
    """The page of a comparison, and those that it links to. What is asked for is looked up among its links."""

    folder: ComparisonFolder = field(kw_only=True)

    @property
    def lock(self) -> Path:
        return self.folder.lock

    def find(self, path: str) -> Drawn | None:
        if path == FIRST:
            return self._pages.setdefault(self.folder.path, Drawn([self.folder.result], self._draw))
        run = next((row.cell.name for row in self._read().rows if f"/{run_link(row, self.folder)}" == path), None)
        return None if run is None else self._run(self.folder.cell(run))

    def _draw(self) -> str:
        return comparison_page(self._read(), self.folder)

    def _read(self) -> Comparison:
        return Comparison.load(self.folder.path)


def _state(path: Path) -> tuple[int, int, int] | None:
    """What is another one once a file was replaced; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
