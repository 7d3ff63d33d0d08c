"""A cell that is sent to another machine, which may or may not see the comparison's folder."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from dsrna.comparison.worker import Job, attempted, in_a_process
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder


@dataclass(frozen=True)
class Parcel:
    """``mark``: a file in the comparison's folder; who finds it shares the folder. ``here``: where we were started."""

    job: Job
    mark: Path
    here: Path


@dataclass(frozen=True)
class Delivery:
    """What comes back. ``files``: a zip of the run folder and the log; None where they lie in their place already."""

    failure: str | None
    files: bytes | None


@contextmanager
def marked(folder: ComparisonFolder) -> Iterator[Path]:
    """Leave a file in the folder by which other machines know it, as long as the block lasts."""
    folder.path.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix=".seen-from-", dir=folder.path.resolve()) as mark:
        yield Path(mark.name)


def packed(job: Job, mark: Path) -> Parcel:
    """Return what another machine needs; relative paths of its recipe are looked up where it was packed."""
    absolute = ComparisonFolder(job.folder.path.resolve())
    return Parcel(replace(job, folder=absolute), mark, Path.cwd())


def carry_out(parcel: Parcel) -> Delivery:
    """Run the cell where this is called: in the comparison's folder, or where that is not seen, in one of its own."""
    try:
        with chdir(parcel.here) if parcel.here.is_dir() else nullcontext():
            return _carried_out(parcel)
    except OSError as error:
        return Delivery(str(error), None)


def _carried_out(parcel: Parcel) -> Delivery:
    if parcel.mark.exists():
        return Delivery(attempted(in_a_process, parcel.job), None)
    with tempfile.TemporaryDirectory(prefix="dsrna-") as scratch:
        job = replace(parcel.job, folder=ComparisonFolder(Path(scratch)))
        failure = attempted(in_a_process, job)
        return Delivery(failure, _zipped(job, finished=failure is None))


def unpacked(delivery: Delivery, job: Job) -> str | None:
    """Put what came back in its place; return why the cell failed, if it did. No room for it is a ``UserError``."""
    if delivery.files is not None:
        try:
            _unzip(delivery.files, job)
        except (OSError, BadZipFile) as error:
            raise UserError(f"what came back of {job.name} cannot be put into {job.folder.path}: {error}") from error
    return delivery.failure


def _zipped(job: Job, *, finished: bool) -> bytes:
    """Pack the log, and of a finished cell the run without its checkpoints: nothing is continued from them."""
    folder, run = job.folder.path, job.folder.cell(job.name)
    with BytesIO() as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for path in filter(Path.is_file, sorted(folder.rglob("*"))):
                left = {run.path} if not finished else {run.search_checkpoints, run.training_checkpoints}
                if not left & set(path.parents):
                    archive.write(path, path.relative_to(folder))
        return file.getvalue()


def _unzip(files: bytes, job: Job) -> None:
    """Unpack beside, then move: a run folder is there whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=".arriving-", dir=job.folder.path) as scratch:
        with ZipFile(BytesIO(files)) as archive:
            archive.extractall(scratch)
        arrived = ComparisonFolder(Path(scratch))
        for name in ("cell", "recipe", "log"):
            source, target = _path(arrived, name, job.name), _path(job.folder, name, job.name)
            if source.exists():
                _move(source, target)


def _path(folder: ComparisonFolder, kind: str, name: str) -> Path:
    found: Path = folder.cell(name).path if kind == "cell" else getattr(folder, kind)(name)
    return found


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    source.replace(target)
