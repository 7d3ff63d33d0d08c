"""The pages of a run and of a comparison, served while it goes on."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from browsing import browsing
from sample_run import full_run, search_row
from test_browser import CHROMIUM

from dsrna.cli import main
from dsrna.comparison import Cell, Row, summarise, write_comparison
from dsrna.errors import UserError
from dsrna.recipes import named, to_yaml
from dsrna.report import serving, write_report
from dsrna.report.serving import LOOPBACK, server
from dsrna.report.site import Site, comparison_site, run_site
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_json_lines
from dsrna.runtime.lock import held
from dsrna.runtime.run_folder import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    """A run whose search goes on."""
    folder = full_run(tmp_path)
    for path in (folder.genotype, folder.model, folder.training_history, folder.attack, folder.certify):
        path.unlink()
    searched(folder, 2)
    with held(folder.lock):
        yield folder


@pytest.fixture
def served(folder: RunFolder) -> Iterator[ThreadingHTTPServer]:
    with serving_all(run_site(folder)) as listening:
        yield listening


@contextmanager
def serving_all(site: Site) -> Iterator[ThreadingHTTPServer]:
    with server(site, 0) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.fixture
def grid(tmp_path: Path) -> Iterator[ComparisonFolder]:
    """A comparison that goes on, whose first run has its page."""
    grid = ComparisonFolder(tmp_path)
    compared(grid, 1)
    grid.cells.mkdir(parents=True)
    cell = grid.cell("darts-standard-0")
    full_run(tmp_path).path.rename(cell.path)
    write_report(cell)
    with held(grid.lock):
        yield grid


def compared(grid: ComparisonFolder, seeds: int) -> None:
    rows = [Row(Cell("darts", "standard", seed), {"clean": 0.9 + 0.01 * seed}) for seed in range(seeds)]
    write_comparison(summarise("digits", rows), grid.path)


def searched(folder: RunFolder, epochs: int) -> None:
    write_json_lines(folder.search_history, [search_row(epoch, epochs=9, warmup=1) for epoch in range(1, epochs + 1)])


Answer = tuple[int, http.client.HTTPMessage, bytes]


def asked(listening: ThreadingHTTPServer, path: str = "/", method: str = "GET", host: str = "localhost") -> Answer:
    connection = http.client.HTTPConnection(LOOPBACK, listening.server_port)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", f"{host}:{listening.server_port}")
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def test_the_page_follows_the_run(served: ThreadingHTTPServer, folder: RunFolder) -> None:
    """If this fails, whoever watches a search sees its first epochs for ever, or has to ask again himself."""
    status, headers, first = asked(served)
    assert (status, headers["Refresh"]) == (200, "5")
    assert b"over the epochs of the search" in first
    assert asked(served)[2] == first
    searched(folder, 7)
    assert asked(served)[2] != first


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_an_open_page_follows_the_run(
    served: ThreadingHTTPServer, folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, what browsers are told of asking again is not what they listen to, and the page stands still."""
    monkeypatch.setattr(serving, "AGAIN", 1)
    points = 'document.querySelectorAll("svg.plot g > title").length'
    with browsing(tmp_path / "home") as tab:
        tab.open(f"http://{LOOPBACK}:{served.server_port}/")
        before = tab.tell(points)
        searched(folder, 7)
        tab.wait(f"{points} > {before}")


def test_the_page_of_a_comparison_follows_it_and_leads_to_its_runs(grid: ComparisonFolder) -> None:
    """If this fails, whoever watches a grid sees its first cells for ever, or links that lead nowhere."""
    with serving_all(comparison_site(grid)) as listening:
        status, headers, before = asked(listening)
        assert (status, headers["Refresh"]) == (200, "5")
        assert b'href="cells/darts-standard-0/report.html"' in before
        status, _, page = asked(listening, "/cells/darts-standard-0/report.html")
        assert (status, page.decode()) == (200, grid.cell("darts-standard-0").report.read_text("utf-8"))
        compared(grid, 2)
        assert b"darts-standard-1" not in before
        assert b"darts-standard-1" in asked(listening)[2]


@pytest.mark.parametrize(
    "path",
    ["/cells/darts-standard-0/recipe.yaml", "/cells/darts-standard-1/report.html", "/comparison.json", "/cells/"],
)
def test_of_a_comparison_there_are_only_its_pages(path: str, grid: ComparisonFolder) -> None:
    """If this fails, files of runs can be read through the server, or runs that are not of the grid."""
    compared(grid, 2)
    with serving_all(comparison_site(grid)) as listening:
        assert asked(listening, path)[0] == 404


def test_the_page_of_a_run_that_has_ended_stands_still(tmp_path: Path) -> None:
    """If this fails, a page that nobody changes jumps under its reader's eyes, though it was never to be trained."""
    folder = full_run(tmp_path)
    for path in (folder.model, folder.training_history, folder.attack, folder.certify):
        path.unlink()
    with server(run_site(folder), 0) as listening:
        thread = threading.Thread(target=listening.handle_request)
        thread.start()
        assert asked(listening)[1]["Refresh"] is None
        thread.join()


def test_the_page_of_a_run_that_was_killed_stands_still(served: ThreadingHTTPServer, folder: RunFolder) -> None:
    """If this fails, a lock that a dead process left keeps the page moving for ever."""
    os.utime(folder.lock, (0, 0))
    assert asked(served)[1]["Refresh"] is None


@pytest.mark.parametrize(
    "path", ["/recipe.yaml", "/../recipe.yaml", "//etc/passwd", "/%2e%2e/recipe.yaml", "/?file=recipe.yaml", "*"]
)
def test_there_is_nothing_else(path: str, served: ThreadingHTTPServer) -> None:
    """If this fails, a file that is not the page can be read through the server."""
    status, _, body = asked(served, path)
    assert status == 404
    assert body == b"There is no such page; the first is at /\n"


def test_other_names_are_not_answered(served: ThreadingHTTPServer) -> None:
    """If this fails, a page in the web whose name leads to this machine reads the run."""
    assert asked(served, host="evil.example")[0] == 404
    assert asked(served, host="127.0.0.1")[0] == 200


def test_other_machines_are_not_answered(served: ThreadingHTTPServer) -> None:
    """If this fails, everybody in the network reads the run."""
    assert served.socket.getsockname()[0] == "127.0.0.1"


def test_nothing_can_be_sent(served: ThreadingHTTPServer) -> None:
    """If this fails, somebody changes the run through the server."""
    assert asked(served, method="POST")[0] == 501
    status, headers, body = asked(served, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 1000


def test_a_damaged_file_is_told_and_asked_for_again(served: ThreadingHTTPServer, folder: RunFolder) -> None:
    """If this fails, one bad moment ends the server, or shows a traceback."""
    folder.search_history.write_text("{")
    status, headers, body = asked(served)
    assert (status, headers["Refresh"]) == (500, "5")
    assert str(folder.search_history) in body.decode()
    searched(folder, 3)
    assert asked(served)[0] == 200


def test_a_port_that_is_taken_is_a_line(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a second server ends in a traceback."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        folder.recipe.write_text(to_yaml(named("digits")))
        port = taken.getsockname()[1]
        assert main(["report", str(folder.path), "--serve", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"cannot listen on port {port}" in said
    assert len(said.splitlines()) == 1
    with pytest.raises(UserError, match="cannot listen on port 99999"):
        server(run_site(folder), 99999)


def test_it_ends_in_a_line(folder: RunFolder) -> None:
    """If this fails, Ctrl-C ends the server in a traceback, or not at all."""
    folder.recipe.write_text(to_yaml(named("digits")))
    command = [sys.executable, "-u", "-m", "dsrna", "report", "--serve", str(folder.path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told.startswith(f"report: http://{LOOPBACK}:")
        urlopen(told.split()[1], timeout=60).close()
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=60)
    assert (process.returncode, said, complained) == (0, "report: no longer served\n", "")
