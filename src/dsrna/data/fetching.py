"""Downloads: checked before they are believed, and put in place whole or not at all."""

import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from dsrna.data.checking import check
from dsrna.data.downloads import DOWNLOADS, Download
from dsrna.data.loading import DATASETS
from dsrna.data.places import places
from dsrna.data.resuming import retrieve
from dsrna.errors import UserError
from dsrna.runtime.lock import held_in_turn
from dsrna.runtime.progress import Reporter

PATIENCE: Final = 3_600.0
"""Seconds that a process waits for another one that fetches the same."""


def fetch(name: str, directory: Path | None, reporter: Reporter) -> Path:
    """Download the data set into ``directory`` (else ``$DSRNA_DATA``, else the cache); return where its files lie.

    What is there already is checked, not fetched again. Data sets that are not ours to fetch, an address that does
    not answer, a download that stops and a wrong checksum raise ``UserError``. Where another process is fetching the
    same, this one waits for it. What has come until a download stopped is kept in a folder beside, and the next call
    goes on from there.
    """
    if DATASETS.record(name).name not in DOWNLOADS:
        raise UserError(f"{name} cannot be fetched: {DATASETS.record(name).summary}")
    download = DOWNLOADS[name]
    root = places(directory)[0]
    target = root / download.folder
    if _is_there(target, root):
        return _found(name, root, reporter)
    with _naming(root), _scratch(name, root, reporter) as scratch:
        if _is_there(target, root):  # another process has fetched it meanwhile
            return _found(name, root, reporter)
        _retrieve(name, download, scratch, reporter)
        try:
            _place(download, scratch, target)
        except UserError:  # what has come is not what was to come: the next call begins anew
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        shutil.rmtree(scratch, ignore_errors=True)
    reporter.say(f"{name} is in {target}")
    return target


def _is_there(target: Path, root: Path) -> bool:
    with _naming(root):
        return target.exists() and any(target.iterdir())


def _found(name: str, root: Path, reporter: Reporter) -> Path:
    download = DOWNLOADS[name]
    target = root / download.folder
    _complete(download, target)
    reporter.say(f"{target} is there already; {check(name, root, reporter)}")
    return target


def _complete(download: Download, target: Path) -> None:
    """Raise ``UserError`` where a file is missing: what is there may be the user's own, and is never overwritten."""
    for name in download.files:
        if not (target / name).exists():
            raise UserError(f"{target} is there already, but lacks {name}; move it away and fetch again")


@contextmanager
def _naming(root: Path) -> Iterator[None]:
    """Turn errors of the file system into ``UserError``."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot write into {root}: {error.strerror or error}") from error


@contextmanager
def _scratch(name: str, root: Path, reporter: Reporter) -> Iterator[Path]:
    """Yield a folder beside the final one, ours alone, with what has come before; where it is left empty it goes."""
    scratch = root / f".fetch-{name}"
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        with held_in_turn(scratch / ".lock", PATIENCE, reporter.say):
            yield scratch
    finally:
        with suppress(OSError):
            scratch.rmdir()


def _retrieve(name: str, download: Download, scratch: Path, reporter: Reporter) -> None:
    total = sum(remote.size for remote in download.remotes)
    with reporter.stage(f"fetch {name}", total, "bytes") as stage:
        for remote in download.remotes:
            retrieve(f"{download.base}/{remote.name}", remote, scratch, stage)


def _place(download: Download, scratch: Path, target: Path) -> None:
    """Verify every file in ``scratch``, then move all of them to ``target`` at once; what was fetched stays."""
    ready = scratch / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir()
    try:
        for name in download.files:
            data = _content(download, scratch, name)
            (ready / name).write_bytes(download.verify(name, data, f"{download.base}: {name}"))
        target.parent.mkdir(parents=True, exist_ok=True)
        ready.rename(target)
    finally:
        shutil.rmtree(ready, ignore_errors=True)


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
