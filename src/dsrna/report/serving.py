"""The pages of a run or of a comparison in a browser of this machine."""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from dsrna.errors import UserError
from dsrna.report.site import FIRST, Site

LOOPBACK: Final = "127.0.0.1"
NAMES: Final = {LOOPBACK, "localhost"}
"""By which names a browser may ask. Any other belongs to a page elsewhere that had its name lead here."""
AGAIN: Final = 5
"""Seconds after which a browser asks again, as long as a process is at what is shown."""


def serve(site: Site, port: int, say: Callable[[str], None]) -> None:
    """Show the site's pages to browsers of this machine, and nothing else to anybody, until Ctrl-C.

    ``port`` 0 is any free one. ``say`` is told where the first page is, and that it is no longer there.
    """
    with server(site, port) as listening:
        try:
            say(f"report: http://{LOOPBACK}:{listening.server_port}/ (Ctrl-C ends it)")
            listening.serve_forever()
        except KeyboardInterrupt:
            say("report: no longer served")


def server(site: Site, port: int) -> ThreadingHTTPServer:
    """Return a server that listens already; a port that is taken is a ``UserError``."""
    site.page(FIRST)  # a folder that holds nothing to show is told here, not to the browser

    class Answering(_Answering):
        shown = site

    try:
        return ThreadingHTTPServer((LOOPBACK, port), Answering)
    except (OSError, OverflowError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UserError(f"cannot listen on port {port}: {reason}; choose another with --port") from error


class _Answering(BaseHTTPRequestHandler):
    shown: Site
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
        try:
            page = self.shown.page(self.path) if asked.lower() in NAMES else None
        except UserError as error:
            return HTTPStatus.INTERNAL_SERVER_ERROR, f"{error}\n".encode(), "text/plain"
        if page is None:
            return HTTPStatus.NOT_FOUND, b"There is no such page; the first is at /\n", "text/plain"
        return HTTPStatus.OK, page, "text/html"

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal has its two lines."""
