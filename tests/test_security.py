"""Nothing that is loaded runs code: every reader is given a file that would like to."""

import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import EpsImagePlugin, Image
from torch import nn

from dsrna.data import fetching
from dsrna.data.downloads import Download, Remote
from dsrna.data.pickles import load_arrays
from dsrna.data.pictures import decode, stored_size
from dsrna.errors import UserError
from dsrna.ranking import GroundTruth
from dsrna.recipes import load
from dsrna.runtime.checkpoint import Checkpoints, read_tensors
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.yaml_files import read_yaml
from dsrna.spaces import find_architecture
from dsrna.stages import load_network
from dsrna.stages.importing import load_weights

RAN = "ran"


class Touch:
    """Unpickled, it writes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.mark,)


def calls(mark: Path) -> str:
    return f"__import__('pathlib').Path({str(mark)!r}).touch()"


def malicious_pickle(mark: Path) -> bytes:
    return pickle.dumps(Touch(mark), 2)


def malicious_torch(mark: Path) -> bytes:
    file = io.BytesIO()
    torch.save({"state_dict": Touch(mark)}, file)
    return file.getvalue()


def malicious_yaml(mark: Path) -> bytes:
    return f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{mark}]]".encode()


def malicious_genotype(mark: Path) -> bytes:
    return f"Genotype(normal={calls(mark)}, normal_concat=[2], reduce=[], reduce_concat=[])".encode()


def malicious_json(mark: Path) -> bytes:
    return f'{{"normal": {calls(mark)}}}'.encode()


def malicious_table(mark: Path) -> bytes:
    return f"arch_str,accuracy\n{calls(mark)},1\n".encode()


def malicious_picture(mark: Path) -> bytes:
    """PostScript: Pillow gives it to a program that runs it, whatever the name of the file."""
    return f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n({mark}) (w) file\n".encode()


def checkpoint(path: Path) -> object:
    return Checkpoints(path.parent).latest()


READERS: dict[str, tuple[str, Callable[[Path], object], tuple[Callable[[Path], bytes], ...]]] = {
    "CIFAR batch": (
        "data_batch_1",
        lambda path: load_arrays(path.read_bytes(), str(path)),
        (malicious_pickle, malicious_torch),
    ),
    "torch weights": ("w.pt", lambda path: load_weights(nn.Linear(1, 1), path), (malicious_torch, malicious_pickle)),
    "safetensors weights": ("w.safetensors", lambda path: load_weights(nn.Linear(1, 1), path), (malicious_pickle,)),
    "checkpoint": ("step-000001.safetensors", checkpoint, (malicious_pickle, malicious_torch)),
    "tensors": ("t.safetensors", read_tensors, (malicious_torch,)),
    "recipe": ("recipe.yaml", load, (malicious_yaml,)),
    "config": ("my.yaml", read_yaml, (malicious_yaml,)),
    "genotype file": ("g.txt", lambda path: find_architecture(str(path)), (malicious_genotype, malicious_json)),
    "genotype text": ("g.txt", lambda path: find_architecture(path.read_text()), (malicious_genotype,)),
    "model.json": ("train/model.json", lambda path: load_network(RunFolder(path.parents[1])), (malicious_json,)),
    "table": ("t.csv", GroundTruth.read, (malicious_table,)),
    "picture": ("p.png", lambda path: decode(path, 8, 3), (malicious_picture,)),
    "size of a picture": ("p.jpg", stored_size, (malicious_picture,)),
}


@pytest.fixture(autouse=True)
def interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put a program that leaves its mark in the place of the one that runs PostScript."""
    program = tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path / RAN}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", str(program))


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_runs_what_it_reads(reader: str, tmp_path: Path) -> None:
    """If this fails, a file from a stranger runs code as whoever opens it."""
    name, read, attempts = READERS[reader]
    for attempt in attempts:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(attempt(tmp_path / RAN))
        with pytest.raises(UserError):
            read(path)
        assert not (tmp_path / RAN).exists(), attempt.__name__


def test_the_attempts_are_real(tmp_path: Path) -> None:
    """If this fails, the test above proves nothing: its files do no harm to a careless reader either."""
    careless: tuple[Callable[[], Any], ...] = (
        lambda: pickle.loads(malicious_pickle(tmp_path / "1")),
        lambda: torch.load(io.BytesIO(malicious_torch(tmp_path / "2")), weights_only=False),
        lambda: eval(calls(tmp_path / "3")),
    )
    for number, load_it in enumerate(careless, start=1):
        load_it()
        assert (tmp_path / str(number)).exists()
    with pytest.raises(OSError, match="cannot identify"), Image.open(io.BytesIO(malicious_picture(tmp_path))) as image:
        image.load()
    assert (tmp_path / RAN).exists()


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x80\x02.", b"cos\nsystem\n.", b"(" * 10_000, b"\x80\x04\x95" + b"\xff" * 8]
)
def test_a_damaged_pickle_is_one_line(data: bytes) -> None:
    """If this fails, a damaged batch is a traceback."""
    with pytest.raises(UserError):
        load_arrays(data, "batch")


def test_an_array_of_objects_is_refused() -> None:
    """If this fails, what is read is no longer only numbers."""
    import numpy as np

    with pytest.raises(UserError, match="Python objects"):
        load_arrays(pickle.dumps(np.array([{}, []], dtype=object), 4), "batch")


def member(name: str, **fields: Any) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(found, field, value)
    return found


MEMBERS = {
    "a link out": member("folder/file", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "a hard link out": member("folder/file", type=tarfile.LNKTYPE, linkname="../../secret"),
    "a device": member("folder/file", type=tarfile.CHRTYPE),
    "a path out": member("../file"),
    "an absolute path": member("/folder/file"),
}


@pytest.mark.parametrize("kind", MEMBERS)
def test_an_archive_reaches_nothing_outside(kind: str, tmp_path: Path) -> None:
    """If this fails, an archive writes, or has read, what is not its own."""
    (tmp_path / "secret").write_text("secret")
    scratch = tmp_path / "a" / "b"
    scratch.mkdir(parents=True)
    with tarfile.open(scratch / "archive.tar", "w") as archive:
        archive.addfile(MEMBERS[kind])
    download = Download("https://example.org", (Remote("archive.tar", "", 1),), "folder", {"file": "0"})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError):
        fetching._place(download, scratch, tmp_path / "target")
    assert sorted(tmp_path.rglob("*")) == before
