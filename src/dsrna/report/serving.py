"""The page of a run in a browser of this machine, as far as the run has come: it is drawn anew when a file changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Final

from dsrna.errors import UserError
from dsrna.report.page import report_page
from dsrna.runtime.lock import beating
from dsrna.runtime.run_folder import RunFolder

LOOPBACK: Final = "127.0.0.1"
NAMES: Final = {LOOPBACK, "localhost"}
"""By which names a browser may ask. Any other belongs to a page elsewhere that had its name lead here."""
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
"""The files that the page is made of."""
AGAIN: Final = 5
"""Seconds after which a browser asks again, as long as a process is at the run."""


def serve(folder: RunFolder, port: int, say: Callable[[str], None]) -> None:
    """Show the page of a run to browsers of this machine, and nothing else to anybody, until Ctrl-C.

    ``port`` 0 is any free one. ``say`` is told where the page is, and that it is no longer there.
    """
    with server(folder, port) as listening:
        try:
            say(f"report: http://{LOOPBACK}:{listening.server_port}/ (Ctrl-C ends it)")
            listening.serve_forever()
        except KeyboardInterrupt:
            say("report: no longer served")


def server(folder: RunFolder, port: int) -> ThreadingHTTPServer:
    """Return a server that listens already; a port that is taken is a ``UserError``."""
    current = _Current(folder)
    current.page()  # a folder that is no run is told here, not to the browser

    class Answering(_Answering):
        shown = current

    try:
        return ThreadingHTTPServer((LOOPBACK, port), Answering)
    except (OSError, OverflowError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UserError(f"cannot listen on port {port}: {reason}; choose another with --port") from error


@dataclass
class _Current:
    """The page, drawn anew where a file of the run is not what it was."""

    folder: RunFolder
    _seen: object = None
    _page: bytes = b""
    _lock: Lock = field(default_factory=Lock)

    def page(self) -> bytes:
        with self._lock:  # the settings of plots are the process's
            seen = [_state(getattr(self.folder, name)) for name in SHOWN]
            if seen != self._seen:
                self._page, self._seen = report_page(self.folder).encode(), seen
            return self._page

    @property
    def goes_on(self) -> bool:
        """Whether a process has the folder: its lock is there, and was touched of late."""
        return beating(self.folder.lock)


def _state(path: Path) -> tuple[int, int, int] | None:
    """What is another one once a file was replaced; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


class _Answering(BaseHTTPRequestHandler):
    """Knows one path. Nothing that is asked for is ever looked up among the files."""

    shown: _Current
    server_version = "dsrna"
    sys_version = ""

    def do_GET(self) -> None:
        status, body, kind = self._answer()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if status != HTTPStatus.NOT_FOUND and self.shown.goes_on:
            self.send_header("Refresh", str(AGAIN))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self) -> tuple[HTTPStatus, bytes, str]:
        asked, _, _ = self.headers.get("Host", "").partition(":")
        if self.path != "/" or asked.lower() not in NAMES:
            return HTTPStatus.NOT_FOUND, b"There is one page, at /\n", "text/plain"
        try:
            return HTTPStatus.OK, self.shown.page(), "text/html"
        except UserError as error:
            return HTTPStatus.INTERNAL_SERVER_ERROR, f"{error}\n".encode(), "text/plain"

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal has its two lines."""
