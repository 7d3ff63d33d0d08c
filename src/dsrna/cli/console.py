"""Where commands print."""

import io
import os
import sys

from rich.console import Console


class Output(Console):
    """Standard output. When its reader goes away the command goes on in silence: it may be hours into a run.

    What is printed is printed as it is: names of folders, classes and networks are no markup.
    """

    def __init__(self) -> None:
        super().__init__(markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def open_streams() -> None:
    """Make sure of the three streams of a process that was started without some, or where names cannot be printed.

    The first file that is opened would take the place of a closed one: what a library prints would be in a checkpoint.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
