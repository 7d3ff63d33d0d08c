"""Where commands print."""

import os
import sys

from rich.console import Console


class Output(Console):
    """Standard output. When its reader goes away the command goes on in silence: it may be hours into a run."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
