"""A headless browser that is told what to do, in its own protocol over a socket: no library, and no port."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from test_browser import CHROMIUM, QUIET

PATIENCE: Final = 60.0
"""Seconds until a browser that does not answer has failed."""
LAUNCH: Final = (
    "import os, sys; [os.dup2(int(sys.argv[1]), end) for end in (3, 4)]; os.execvp(sys.argv[2], sys.argv[2:])"
)
"""Makes the socket what the browser hears and answers by, and becomes the browser."""


class NotDoneError(Exception):
    """The browser could not do what it was asked."""


class Tab:
    """A page of the browser."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire, self._heard, self._asked = wire, b"", 0
        self._session: dict[str, str] = {}
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self._asked += 1
        asked = {"id": self._asked, "method": method, "params": parameters, **self._session}
        self._wire.sendall(json.dumps(asked).encode() + b"\0")
        while (answer := self._next()).get("id") != self._asked:
            pass
        if "error" in answer:
            raise NotDoneError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            more = self._wire.recv(65_536)
            assert more, "the browser is gone"
            self._heard += more
        first, _, self._heard = self._heard.partition(b"\0")
        answer: dict[str, Any] = json.loads(first)
        return answer

    def open(self, address: str) -> None:
        assert "errorText" not in self.ask("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def tell(self, expression: str) -> Any:
        """Return what an expression of JavaScript comes to on the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until an expression is true, on whichever page is there by then."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(NotDoneError):  # the page may go while it is asked
                if self.tell(expression):
                    return
            time.sleep(0.05)
        raise NotDoneError(f"{expression} has not become true")

    def show(self, width: int, medium: str = "screen", *, dark: bool = False, phone: bool = False) -> None:
        """Show the page as wide as that, in that medium, to who likes it light or dark."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": phone}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=medium, features=[scheme])


@contextmanager
def browsing(home: Path) -> Iterator[Tab]:
    """Start a browser and end it."""
    ours, theirs = socket.socketpair()
    number = str(theirs.fileno())
    command = [sys.executable, "-c", LAUNCH, number, str(CHROMIUM), *QUIET, f"--user-data-dir={home}"]
    with (
        ours,
        theirs,
        subprocess.Popen(
            [*command, "--remote-debugging-pipe"], pass_fds=(theirs.fileno(),), stderr=subprocess.DEVNULL
        ) as process,
    ):
        theirs.close()
        ours.settimeout(PATIENCE)
        try:
            tab = Tab(ours)
            yield tab
            tab.ask("Browser.close")
            process.wait(PATIENCE)
        finally:
            process.kill()
