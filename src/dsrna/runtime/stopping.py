"""Signals that ask a run to stop: Ctrl-C, SIGTERM, SIGHUP of a terminal that is gone, and SIGUSR1, which SLURM sends
before it takes a job away.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


class Stopped(KeyboardInterrupt):
    """The run was asked to stop, by the signal ``number``, and what could be saved is."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def code(self) -> int:
        """The exit code: as a shell tells it of a process that the signal has ended."""
        return 128 + self.number

    def __str__(self) -> str:
        return signal.Signals(self.number).name


class _Asked:
    """The first signal that came where it had to wait."""

    number: int | None = None
    waiting = False


_ASKED: Final = _Asked()


@contextmanager
def heard() -> Iterator[None]:
    """Let each of the ``SIGNALS`` raise ``Stopped`` in the block, in the main thread; elsewhere nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in SIGNALS if not _outlived(number)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _ASKED.number = None


def _outlived(number: int) -> bool:
    """Tell of a run that ``nohup`` has started, which is to outlive its terminal."""
    return number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN


@contextmanager
def kept() -> Iterator[None]:
    """Put back who hears the ``SIGNALS``, whatever a library in the block takes for itself."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def until_saved() -> Iterator[None]:
    """Let a first signal wait: for ``obey``, or for the end of the block. A second one is obeyed at once."""
    _ASKED.waiting = True
    try:
        yield
    finally:
        _ASKED.waiting = False
    obey()


def asked() -> bool:
    """Whether a signal waits until all is saved."""
    return _ASKED.number is not None


def obey() -> None:
    """Raise ``Stopped`` if a signal waits."""
    number, _ASKED.number = _ASKED.number, None
    if number is not None:
        raise Stopped(number)


def _stop(number: int, _: object) -> None:
    if _ASKED.waiting and _ASKED.number is None:
        _ASKED.number = number
        return
    _ASKED.number = None
    raise Stopped(number)
