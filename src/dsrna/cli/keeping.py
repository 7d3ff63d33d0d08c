"""The files of a comparison, written again as its grid goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dsrna.comparison import Comparison, write_comparison
from dsrna.report import write_comparison_page
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import remove

PAUSE: Final = 60.0
"""Seconds between two drawings of the page, which takes some of them."""


@dataclass
class Keeper:
    """Writes what a grid has come to: its tables each time, its page now and then, and when it is asked to."""

    folder: ComparisonFolder
    clock: Callable[[], float] = time.monotonic
    _drawn: float | None = None
    _waiting: Comparison | None = None

    def note(self, comparison: Comparison) -> None:
        write_comparison(comparison, self.folder.path)
        if not comparison.rows:
            remove(self.folder.page)  # it would show another grid's
            return
        self._waiting = comparison
        if self._drawn is None or self.clock() - self._drawn >= PAUSE:
            self.draw()

    def draw(self) -> None:
        """Draw the page, unless it shows already all that there is to show."""
        if self._waiting is not None:
            write_comparison_page(self._waiting, self.folder)
            self._drawn, self._waiting = self.clock(), None
