"""One file from a server. What has come when a connection is lost is kept, and the next attempt goes on from there."""

import hashlib
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dsrna.data.downloads import Remote
from dsrna.errors import UserError
from dsrna.runtime.files import SCRATCH, remove
from dsrna.runtime.progress import Stage

TIMEOUT: Final = 30.0
"""Seconds without a byte after which a server counts as gone."""

CHUNK: Final = 2**16
PARTIAL: Final = 206
UNSATISFIABLE: Final = 416


class _OnlyToHttps(HTTPRedirectHandler):
    """Follows a server that sends us elsewhere, if what is there is https."""

    def redirect_request(  # noqa: PLR0917  as urllib has it
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme != "https":
            raise HTTPError(req.full_url, code, f"it leads to {newurl}, which is not https", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def retrieve(url: str, remote: Remote, folder: Path, stage: Stage) -> None:
    """Download a file into ``folder``: under its own name once its checksum is right, with ``.partial`` until then.

    A server that does not answer, or stops, and a wrong checksum raise ``UserError``; after the latter nothing is kept.
    """
    target, partial = folder / remote.name, folder / f"{remote.name}{SCRATCH}"
    if target.exists():
        stage.step(remote.size)
        return
    try:
        _receive(url, remote, partial, stage)
    except HTTPError as error:
        error.close()  # it holds the connection, for those who want to read the page
        if error.code == UNSATISFIABLE:
            remove(partial)
        raise UserError(f"cannot download {url}: {error}") from error
    except (OSError, HTTPException) as error:
        raise UserError(f"cannot download {url}: {error}; the same command goes on from what has come") from error
    if _md5(partial) != remote.md5:
        remove(partial)
        raise UserError(f"wrong checksum: what {url} gave is not the file with md5 {remote.md5}")
    partial.rename(target)


def _receive(url: str, remote: Remote, partial: Path, stage: Stage) -> None:
    begun = partial.stat().st_size if partial.exists() else 0
    if begun >= remote.size:
        return
    request = Request(url, headers={"Range": f"bytes={begun}-"} if begun else {})  # noqa: S310  from our own table
    with build_opener(_OnlyToHttps).open(request, timeout=TIMEOUT) as response:
        begun = begun if _goes_on(response, begun) else 0
        stage.step(begun)
        with partial.open("ab" if begun else "wb") as file:
            _copy(response, file, remote.size - begun, stage)


def _goes_on(response: HTTPResponse, begun: int) -> bool:
    """Tell whether a server gives the rest, as it was asked; many give the whole."""
    return response.status == PARTIAL and response.headers.get("Content-Range", "").startswith(f"bytes {begun}-")


def _copy(response: HTTPResponse, file: IO[bytes], wanted: int, stage: Stage) -> None:
    """Write what comes; of more than is wanted, which cannot be right, no more than a piece."""
    while wanted >= 0 and (chunk := response.read(CHUNK)):
        file.write(chunk)
        stage.step(len(chunk))
        wanted -= len(chunk)
    if wanted >= 0 and response.length:
        raise HTTPException(f"the connection was lost {response.length} bytes before the end")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
