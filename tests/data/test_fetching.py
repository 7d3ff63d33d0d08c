"""Downloads, from a server on this machine that can fail in every way."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from data_files import hide_data, user_error, write_classes, write_mnist

from dsrna.data import fetch
from dsrna.data.downloads import DOWNLOADS, Download, Remote
from dsrna.runtime.progress import Silent


class Served:
    """What a server gives: the files by name, one of them possibly cut off after so many bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: dict[str, int] = {}
        self.asked: list[str] = []
        self.base = ""


class Counting(Silent):
    """A reporter that adds up what it is told."""

    def __init__(self) -> None:
        self.total = 0
        self.said: list[str] = []

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        assert advance >= 0
        self.total += advance

    def say(self, text: str) -> None:
        self.said.append(text)


def handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            served.asked.append(name)
            if name not in served.files:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(served.files[name])))
            self.end_headers()
            self.wfile.write(served.files[name][: served.cut.get(name)])

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    hide_data(monkeypatch, tmp_path / "cache")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = Served()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(served)) as server:
        served.base = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        server.shutdown()
        thread.join()


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@pytest.fixture
def mnist(served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Served:
    write_mnist(tmp_path / "origin", train=200)
    served.files = {path.name: path.read_bytes() for path in (tmp_path / "origin").iterdir()}
    remotes = tuple(Remote(name, md5(data), len(data)) for name, data in served.files.items())
    sums = {remote.name: remote.md5 for remote in remotes}
    monkeypatch.setitem(DOWNLOADS, "mnist", Download(served.base, remotes, "MNIST/raw", sums))
    return served


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def serve_archive(served: Served, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes]) -> None:
    served.files = {"a.tar.gz": archive(members)}
    remote = Remote("a.tar.gz", md5(served.files["a.tar.gz"]), len(served.files["a.tar.gz"]))
    sums = {"one": md5(b"1"), "two": md5(b"2")}
    monkeypatch.setitem(DOWNLOADS, "cifar10", Download(served.base, (remote,), "batches", sums))


def test_files_arrive_with_progress(mnist: Served, tmp_path: Path) -> None:
    """Broken: a new user could not get the data."""
    reporter = Counting()
    target = fetch("mnist", tmp_path / "data", reporter)
    assert target == tmp_path / "data" / "MNIST" / "raw"
    assert {path.name: path.read_bytes() for path in target.iterdir()} == mnist.files
    assert reporter.total == sum(len(data) for data in mnist.files.values())
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["MNIST"]


def test_second_fetch_checks_and_downloads_nothing(mnist: Served, tmp_path: Path) -> None:
    """Broken: hundreds of megabytes would be loaded again and again."""
    fetch("mnist", tmp_path, Silent())
    mnist.asked.clear()
    reporter = Counting()
    fetch("mnist", tmp_path, reporter)
    assert not mnist.asked
    assert "checksums of 4 files are right" in reporter.said[0]


def test_default_place_is_the_variable_then_the_cache(
    mnist: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Broken: what was fetched would not be found."""
    assert fetch("mnist", None, Silent()) == tmp_path / "cache" / "MNIST" / "raw"
    monkeypatch.setenv("DSRNA_DATA", str(tmp_path / "variable"))
    assert fetch("mnist", None, Silent()) == tmp_path / "variable" / "MNIST" / "raw"


def wrong(served: Served) -> None:
    served.files["t10k-labels-idx1-ubyte.gz"] = b"something else"


def gone(served: Served) -> None:
    del served.files["t10k-labels-idx1-ubyte.gz"]


def stops(served: Served) -> None:
    served.cut["t10k-labels-idx1-ubyte.gz"] = 20


@pytest.mark.parametrize(("fault", "said"), [(wrong, "wrong checksum"), (gone, "404"), (stops, "bytes before the end")])
def test_failure_is_one_line_and_leaves_nothing(
    mnist: Served, tmp_path: Path, fault: Callable[[Served], None], said: str
) -> None:
    """Broken: half a data set would lie there and pass as whole."""
    fault(mnist)
    with user_error(said, f"{mnist.base}/t10k-labels-idx1-ubyte.gz"):
        fetch("mnist", tmp_path / "data", Silent())
    assert not list((tmp_path / "data").iterdir())


def test_no_answer_is_one_line(mnist: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Broken: a machine without a network would give a traceback."""
    remotes, sums = DOWNLOADS["mnist"].remotes, DOWNLOADS["mnist"].files
    monkeypatch.setitem(DOWNLOADS, "mnist", Download("http://127.0.0.1:1", remotes, "MNIST/raw", sums))
    with user_error("cannot download http://127.0.0.1:1/"):
        fetch("mnist", tmp_path / "data", Silent())


def test_archive_is_unpacked(served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Broken: CIFAR-10 could not be fetched."""
    serve_archive(served, monkeypatch, {"batches/one": b"1", "batches/two": b"2", "batches/readme": b"3"})
    target = fetch("cifar10", tmp_path / "data", Silent())
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {"one": b"1", "two": b"2"}


@pytest.mark.parametrize(
    "members",
    [
        {"batches/one": b"1", "batches/two": b"other"},
        {"batches/one": b"1"},
        {"../one": b"1", "batches/../../two": b"2"},
    ],
)
def test_archive_of_other_content_is_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, members: dict[str, bytes]
) -> None:
    """Broken: an archive could write where it likes, or leave half its files."""
    serve_archive(served, monkeypatch, members)
    with user_error(served.base):
        fetch("cifar10", tmp_path / "data", Silent())
    assert not list((tmp_path / "data").iterdir())
    assert not (tmp_path / "one").exists()


def test_what_is_there_is_never_overwritten(mnist: Served, tmp_path: Path) -> None:
    """Broken: somebody's own files would be lost."""
    own = tmp_path / "MNIST" / "raw" / "my-notes"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    with user_error(own.parent, "lacks", "move it away"):
        fetch("mnist", tmp_path, Silent())
    assert own.read_text() == "mine"


def test_folder_that_cannot_be_written_is_named(mnist: Served, tmp_path: Path) -> None:
    """Broken: a traceback for a missing permission."""
    (tmp_path / "file").touch()
    with user_error("cannot write", tmp_path / "file"):
        fetch("mnist", tmp_path / "file", Silent())


@pytest.mark.parametrize("name", ["imagenet", "imagenette", "folder", "digits"])
def test_what_cannot_be_fetched_says_why(served: Served, tmp_path: Path, name: str) -> None:
    """Broken: a server would be asked for images that are the user's own."""
    write_classes(tmp_path, {"a": 1})
    with user_error(name, "cannot be fetched"):
        fetch(name, tmp_path, Silent())
    assert not served.asked
