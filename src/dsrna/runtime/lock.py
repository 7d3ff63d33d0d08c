"""One process at a time in a folder: a lock that says who holds it, and that the dead do not hold."""

import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

from dsrna.errors import UserError
from dsrna.runtime.heart import Heart

STALE: Final = 300.0
"""Seconds without a heartbeat after which the holder on another machine may be dead."""

WATCHED: Final = 30.0
"""Seconds that such a lock is watched, by our own clock, before it is taken over."""

LONGEST: Final = 4096

_HELD: Final[set[Path]] = set()


class TakenError(UserError):
    """Another process holds the lock."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. ``machine`` is another one after every boot."""

    pid: int
    host: str
    machine: str
    since: str

    @classmethod
    def myself(cls) -> "Holder":
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(os.getpid(), socket.gethostname(), _machine(), now)

    @classmethod
    def read(cls, handle: int) -> "Holder | None":
        """Return who has written himself down; None where nobody has, or did not come to the end."""
        try:
            return cls(**json.loads(os.pread(handle, LONGEST, 0)))
        except (ValueError, TypeError):
            return None

    def written(self, handle: int) -> None:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(asdict(self)).encode(), 0)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


def beating(path: Path) -> bool:
    """Tell whether a process holds the lock, by its heartbeat of late: for those who look on and take nothing."""
    try:
        return time.time() - path.stat().st_mtime < STALE
    except FileNotFoundError:
        return False


@contextmanager
def held(path: Path, say: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Hold the lock ``path`` in the block; within a process it may be held again.

    Where another process holds it, ``UserError`` says which. That of a dead process is taken over, and ``say`` told:
    on this machine the kernel knows who is dead; of another one, the heartbeat must have been still for ``STALE``
    seconds by the file system's clock, and ``WATCHED`` by ours.
    """
    key = path.absolute()
    if key in _HELD:
        yield
        return
    handle = _claimed(path, say)
    _HELD.add(key)
    heart = Heart(handle, lambda: Holder.read(handle))
    try:
        yield
    except KeyboardInterrupt:
        if heart.lost is None:
            raise
        raise UserError(f"{path.parent} was taken over by {heart.lost}, for this process was not heard of") from None
    finally:
        _HELD.discard(key)
        heart.stop()
        if heart.lost is None:
            path.unlink(missing_ok=True)
        os.close(handle)


def wait_for(path: Path, patience: float, unless: Callable[[], bool] = lambda: False) -> None:
    """Wait until nobody holds the lock ``path``; ``UserError`` after ``patience`` seconds, or once ``unless`` holds."""
    with held_in_turn(path, patience, unless=unless):
        pass


@contextmanager
def held_in_turn(
    path: Path,
    patience: float,
    say: Callable[[str], None] = lambda _: None,
    unless: Callable[[], bool] = lambda: False,
) -> Iterator[None]:
    """Hold the lock ``path`` as ``held`` does, but wait ``patience`` seconds for whoever has it; ``say`` is told.

    It does not wait where ``unless`` says that it need not any more.
    """
    end, told = time.monotonic() + patience, False
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(held(path, say))
                break
            except TakenError:
                if time.monotonic() > end or unless():
                    raise
            if not told:
                say(f"{path.parent} is in use by another process; this one waits for it")
                told = True
            time.sleep(min(1.0, patience))
        yield


def _claimed(path: Path, say: Callable[[str], None]) -> int:
    """Return an open file that is ours alone."""
    try:
        while True:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            except FileNotFoundError:
                if path.parent.exists():
                    raise
                continue  # who held it has just taken the folder away
            try:
                if _claim(handle, path, say):
                    return handle
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def _claim(handle: int, path: Path, say: Callable[[str], None]) -> bool:
    """Write ourselves down as the holder; False where whoever held the file has taken it away in between."""
    known, before = _locked(handle), Holder.read(handle)
    if known is False:
        raise _taken(path, before, "")
    if not _is_at(handle, path):
        return False
    if before is not None:
        if not (known and before.machine == _machine()):
            _wait_for_silence(path, before)
        say(f"{path.parent} was in use by {before}, which has ended; this goes on from there")
    Holder.myself().written(handle)
    return True


def _locked(handle: int) -> bool | None:
    """Lock the file; False where another process has, None where this file system knows no locks."""
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _wait_for_silence(path: Path, holder: Holder) -> None:
    beat = path.stat().st_mtime
    with tempfile.TemporaryFile(dir=path.parent) as probe:
        age = os.fstat(probe.fileno()).st_mtime - beat
    if age < STALE:
        raise _taken(path, holder, f" (if it has ended, its place is free in {STALE - age:.0f} seconds)")
    end = time.monotonic() + WATCHED
    while time.monotonic() < end:
        time.sleep(min(1.0, WATCHED / 10))
        if path.stat().st_mtime != beat:
            raise _taken(path, holder, "")


def _taken(path: Path, holder: Holder | None, more: str) -> TakenError:
    who = holder or "a process that has only just begun"
    return TakenError(f"{path.parent} is in use by {who}{more}; wait for it, or choose another folder with --out")


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _machine() -> str:
    """A name of the running kernel; two containers on it share it, as they share its locks."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return socket.gethostname()
