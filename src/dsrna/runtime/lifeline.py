"""A process that stops when the one that started it ends, however that one ended.

A run whose parent was killed would go on writing to its folder, beside the one that is started in its place.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final

TIED: Final = "DSRNA_TIED"


@contextmanager
def tied(command: Sequence[str], said: IO[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a command of ours that stops when this process ends; ``said``: where its standard error goes.

    It hears nothing of a terminal: Ctrl-C there is for this process to pass on, once, for a second signal is obeyed
    before anything is saved.
    """
    with subprocess.Popen(  # noqa: S603  our own command
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
        env={**os.environ, TIED: "1"},
        start_new_session=True,
    ) as process:
        yield process


def stop_with_parent() -> None:
    """Where this process was started tied, stop it when its standard input ends: nobody holds the other end any more.

    It is asked to, by a signal, as a user would ask: it saves what it has.
    """
    if os.environ.pop(TIED, None) is not None:
        threading.Thread(target=_stop_with_input, name="lifeline", daemon=True).start()


def _stop_with_input() -> None:
    # Not sys.stdin: a thread that waits within it holds a lock that the interpreter wants at its end.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
