"""Downloads, from a server on this machine that can fail in every way."""

import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from errno import ENOSPC
from fcntl import LOCK_EX, flock
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread, Timer
from urllib.request import Request

import pytest
from data_files import hide_data, user_error, write_classes, write_mnist

from dsrna.data import fetch, fetching
from dsrna.data.downloads import DOWNLOADS, Download, Remote
from dsrna.data.resuming import _OnlyToHttps
from dsrna.runtime.progress import Silent


class Served:
    """What a server gives: the files by name, one of them possibly cut off after so many bytes.

    ``ranges``: whether it gives a part when it is asked for one; ``given``: how many bytes it gave, by name.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: dict[str, int] = {}
        self.asked: list[str] = []
        self.leads: dict[str, str] = {}
        self.given: dict[str, int] = {}
        self.ranges = True
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
            if name in served.leads:
                self.send_response(302)
                self.send_header("Location", served.leads[name])
                self.end_headers()
                return
            if name not in served.files:
                self.send_error(404)
                return
            start = int(self.headers.get("Range", "bytes=0-")[6:-1]) if served.ranges else 0
            self.answer(name, served.files[name], start)

        def answer(self, name: str, data: bytes, start: int) -> None:
            if start >= len(data):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            sent = data[start : served.cut.get(name)]
            served.given[name] = len(sent)
            self.wfile.write(sent)

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
    served.files = {path.name: path.read_bytes() for path in sorted((tmp_path / "origin").iterdir())}
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
def test_failure_is_one_line_and_puts_nothing_in_place(
    mnist: Served, tmp_path: Path, fault: Callable[[Served], None], said: str
) -> None:
    """Broken: half a data set would lie there and pass as whole."""
    fault(mnist)
    with user_error(said, f"{mnist.base}/t10k-labels-idx1-ubyte.gz"):
        fetch("mnist", tmp_path / "data", Silent())
    assert [path.name for path in (tmp_path / "data").iterdir()] == [".fetch-mnist"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_stopped_goes_on(mnist: Served, tmp_path: Path, ranges: bool) -> None:
    """If this fails, whoever loses the connection after 160 of 170 megabytes begins again, or never gets the data."""
    stops(mnist)
    name, mnist.ranges = "t10k-labels-idx1-ubyte.gz", ranges
    with user_error("goes on from what has come"):
        fetch("mnist", tmp_path / "data", Silent())
    (partial,) = (tmp_path / "data").rglob("*.partial")
    assert partial.read_bytes() == mnist.files[name][:20]
    mnist.cut.clear()
    mnist.asked.clear()
    reporter = Counting()
    target = fetch("mnist", tmp_path / "data", reporter)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == mnist.files
    assert mnist.asked == [name, "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    assert mnist.given[name] == len(mnist.files[name]) - (20 if ranges else 0)
    assert reporter.total == sum(len(data) for data in mnist.files.values())
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["MNIST"]


def test_a_disk_that_fills_up_keeps_what_has_come(
    mnist: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """If this fails, a download that finds no room for its last copy is thrown away whole."""

    def full(path: Path, data: bytes) -> int:
        raise OSError(ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patched, user_error("No space left on device"):
        patched.setattr(Path, "write_bytes", full)
        fetch("mnist", tmp_path / "data", Silent())
    mnist.asked.clear()
    target = fetch("mnist", tmp_path / "data", Silent())
    assert {path.name: path.read_bytes() for path in target.iterdir()} == mnist.files
    assert not mnist.asked


def left(folder: Path, data: bytes) -> None:
    (folder / ".fetch-mnist").mkdir(parents=True)
    (folder / ".fetch-mnist" / "t10k-labels-idx1-ubyte.gz.partial").write_bytes(data)


@pytest.mark.parametrize("data", [bytes(10), bytes(10_000)])
def test_what_is_left_of_another_file_is_forgotten(mnist: Served, tmp_path: Path, data: bytes) -> None:
    """If this fails, one damaged piece keeps the data from ever being fetched."""
    left(tmp_path / "data", data)
    with user_error("wrong checksum"):
        fetch("mnist", tmp_path / "data", Silent())
    target = fetch("mnist", tmp_path / "data", Silent())
    assert {path.name: path.read_bytes() for path in target.iterdir()} == mnist.files


def test_a_server_that_has_less_is_asked_for_all_the_next_time(mnist: Served, tmp_path: Path) -> None:
    """If this fails, a server that had half the file for an hour is never asked again."""
    name = "t10k-labels-idx1-ubyte.gz"
    whole, mnist.files[name] = mnist.files[name], mnist.files[name][:10]
    left(tmp_path / "data", whole[:10])
    with user_error("416"):
        fetch("mnist", tmp_path / "data", Silent())
    mnist.files[name] = whole
    fetch("mnist", tmp_path / "data", Silent())


def test_a_server_that_gives_without_end_is_left(mnist: Served, tmp_path: Path) -> None:
    """If this fails, a wrong server fills the disk."""
    mnist.files["t10k-labels-idx1-ubyte.gz"] = bytes(2**22)
    reporter = Counting()
    with user_error("wrong checksum"):
        fetch("mnist", tmp_path / "data", reporter)
    assert reporter.total < 2**20


def test_no_address_is_followed_to_anything_but_https(mnist: Served, tmp_path: Path) -> None:
    """If this fails, whoever sits between us and a server may choose what it gives, and see what is asked."""
    mnist.leads["t10k-labels-idx1-ubyte.gz"] = f"{mnist.base}/elsewhere"
    with user_error("elsewhere, which is not https", "cannot download"):
        fetch("mnist", tmp_path / "data", Silent())
    assert "elsewhere" not in mnist.asked
    request = Request("https://example.org/a", headers={"Range": "bytes=3-"})
    followed = _OnlyToHttps().redirect_request(
        request, io.BytesIO(), 302, "Found", HTTPMessage(), "https://example.com/b"
    )
    assert followed is not None
    assert (followed.full_url, followed.headers) == ("https://example.com/b", {"Range": "bytes=3-"})


def test_every_address_is_https() -> None:
    """If this fails, data come over a line that anyone may write on."""
    assert DOWNLOADS
    assert all(download.base.startswith("https://") for download in DOWNLOADS.values())


def test_two_at_once_do_not_write_into_one_file(mnist: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If this fails, two commands that fetch the same data spoil both."""
    (tmp_path / "data" / ".fetch-mnist").mkdir(parents=True)
    with (tmp_path / "data" / ".fetch-mnist" / ".lock").open("w") as file:
        flock(file, LOCK_EX)
        monkeypatch.setattr(fetching, "PATIENCE", 0.1)
        with user_error(tmp_path / "data" / ".fetch-mnist"):
            fetch("mnist", tmp_path / "data", Silent())
    assert not mnist.asked


def test_who_comes_second_waits_and_takes_what_has_come(mnist: Served, tmp_path: Path) -> None:
    """If this fails, of two runs of a comparison that both need a data set one fails."""
    fetched = fetch("mnist", tmp_path / "other", Silent())
    asked, reporter, root = len(mnist.asked), Counting(), tmp_path / "data"
    (root / ".fetch-mnist").mkdir(parents=True)
    file = (root / ".fetch-mnist" / ".lock").open("w")
    flock(file, LOCK_EX)

    def arrive() -> None:
        shutil.copytree(fetched, root / "MNIST" / "raw")
        file.close()

    other = Timer(0.3, arrive)
    other.start()
    assert fetch("mnist", root, reporter) == root / "MNIST" / "raw"
    other.join()
    assert len(mnist.asked) == asked
    assert "this one waits for it" in reporter.said[0]
    assert not (root / ".fetch-mnist").exists()


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
