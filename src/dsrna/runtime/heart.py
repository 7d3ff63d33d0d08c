"""The heartbeat of a lock: its file is touched while its holder lives."""

import _thread
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

BEAT: Final = 15.0
"""Seconds between two beats."""


class Heart:
    """Touches an open file every ``BEAT`` seconds, by a thread; ``holder`` reads who holds it.

    Once that is somebody else, who must have taken this process for dead, he is ``lost`` to, and this process is
    interrupted.
    """

    def __init__(self, handle: int, holder: Callable[[], Any]) -> None:
        self.lost: Any = None
        self._handle = handle
        self._holder = holder
        self._myself = holder()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            now = self._holder()
            if now is not None and now != self._myself:
                self.lost = now
                _thread.interrupt_main()
                return
            with suppress(OSError):
                os.utime(self._handle)
