"""Downloads: checked before they are believed, and put in place whole or not at all."""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.request import urlopen

import pooch

from dsrna.data.checking import check
from dsrna.data.downloads import DOWNLOADS, Download, Remote
from dsrna.data.loading import DATASETS
from dsrna.data.places import places
from dsrna.errors import UserError
from dsrna.runtime.progress import Reporter, Stage

TIMEOUT = 30.0
"""Seconds without a byte after which a server counts as gone."""

CHUNK = 2**16


def fetch(name: str, directory: Path | None, reporter: Reporter) -> Path:
    """Download the data set into ``directory`` (else ``$DSRNA_DATA``, else the cache); return where its files lie.

    What is there already is checked, not fetched again. Data sets that are not ours to fetch, an address that does
    not answer, a download that stops and a wrong checksum raise ``UserError``, and leave nothing behind.
    """
    if DATASETS.record(name).name not in DOWNLOADS:
        raise UserError(f"{name} cannot be fetched: {DATASETS.record(name).summary}")
    download = DOWNLOADS[name]
    root = places(directory)[0]
    target = root / download.folder
    if target.exists() and any(target.iterdir()):
        _complete(download, target)
        reporter.say(f"{target} is there already; {check(name, root, reporter)}")
        return target
    with _scratch(root) as scratch:
        _retrieve(name, download, scratch, reporter)
        _place(download, scratch, target)
    reporter.say(f"{name} is in {target}")
    return target


def _complete(download: Download, target: Path) -> None:
    """Raise ``UserError`` where a file is missing: what is there may be the user's own, and is never overwritten."""
    for name in download.files:
        if not (target / name).exists():
            raise UserError(f"{target} is there already, but lacks {name}; move it away and fetch again")


@contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """Yield a folder beside the final one, gone afterwards; errors of the file system become ``UserError``."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".fetch-", dir=root) as scratch:
            yield Path(scratch)
    except OSError as error:
        raise UserError(f"cannot write into {root}: {error.strerror or error}") from error


def _retrieve(name: str, download: Download, scratch: Path, reporter: Reporter) -> None:
    total = sum(remote.size for remote in download.remotes)
    with reporter.stage(f"fetch {name}", total, "bytes") as stage:
        for remote in download.remotes:
            _retrieve_one(f"{download.base}/{remote.name}", remote, scratch, stage)


def _retrieve_one(url: str, remote: Remote, scratch: Path, stage: Stage) -> None:
    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(url, f"md5:{remote.md5}", remote.name, scratch, downloader=_downloader(stage))
    except ValueError:
        raise UserError(f"wrong checksum: what {url} gave is not the file with md5 {remote.md5}") from None
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection, for those who want to read the page
        raise UserError(f"cannot download {url}: {error}") from error


def _downloader(stage: Stage) -> Callable[[str, str, object], None]:
    """Make a downloader for pooch. Its own leaves the connection open when a download stops."""

    def download(url: str, path: str, _: object) -> None:
        with urlopen(url, timeout=TIMEOUT) as response, Path(path).open("wb") as file:  # noqa: S310 - from our own table
            while chunk := response.read(CHUNK):
                file.write(chunk)
                stage.step(len(chunk))
            if response.length:
                raise HTTPException(f"the connection was lost {response.length} bytes before the end")

    return download


def _place(download: Download, scratch: Path, target: Path) -> None:
    """Verify every file in ``scratch``, then move all of them to ``target`` at once."""
    ready = scratch / "ready"
    ready.mkdir()
    for name in download.files:
        data = _content(download, scratch, name)
        (ready / name).write_bytes(download.verify(name, data, f"{download.base}: {name}"))
    target.parent.mkdir(parents=True, exist_ok=True)
    ready.rename(target)


def _content(download: Download, scratch: Path, name: str) -> bytes:
    """Return a downloaded file, or the member of the downloaded archive; no path of the archive is ever written to."""
    if (scratch / name).exists():
        return (scratch / name).read_bytes()
    try:
        with tarfile.open(scratch / download.remotes[0].name) as archive:
            member = archive.extractfile(f"{download.folder}/{name}")
            return member.read() if member else b""
    except (KeyError, tarfile.TarError) as error:
        raise UserError(f"the archive of {download.base} cannot be unpacked: {error}") from error
