"""Checkpoints: one safetensors file each, written whole, the last few kept. Loading one runs no code."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save, save_file
from torch import Tensor

from dsrna.errors import UserError, shown
from dsrna.runtime.files import remove, replacing
from dsrna.runtime.processes import Processes

SCHEMA = 2
READABLE = (1, SCHEMA)
"""Those before 2 hold no digest."""


@dataclass(frozen=True)
class Checkpoint:
    """A moment of a run: the tensors by name, and everything else as plain data."""

    step: int
    tensors: dict[str, Tensor]
    state: dict[str, Any]


class Checkpoints:
    """The checkpoints in one folder. Without a folder nothing is kept: a run in memory.

    ``say`` is told of damaged ones.
    """

    def __init__(self, folder: Path | None = None, keep: int = 2, say: Callable[[str], None] = lambda _: None) -> None:
        self.folder = folder
        self.keep = keep
        self.say = say

    def part(self, name: str) -> "Checkpoints":
        """Return those of a part of the run, in a folder inside."""
        return Checkpoints(None if self.folder is None else self.folder / name, self.keep, self.say)

    def save(self, step: int, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Write the checkpoint of ``step``, then drop the oldest beyond ``keep``."""
        if self.folder is None:
            return
        write_tensors(self.folder / f"step-{step:06d}.safetensors", tensors, {"step": step, "state": dict(state)})
        for old in self._files()[: -self.keep]:
            remove(old)

    def latest(self) -> Checkpoint | None:
        """Return the newest checkpoint that can be read, or None where none was ever written.

        Where every one is damaged, ``UserError``: a run never starts again from nothing in silence.
        """
        files = self._files()
        problems = []
        for path in reversed(files):
            try:
                found = _read(path)
            except UserError as error:
                problems.append(str(error))
            else:
                if problems:
                    self.say(f"{problems[0]}; this goes on from the one before, {path.name}")
                return found
        if problems:
            raise UserError(
                f"no checkpoint in {self.folder} can be read ({problems[0]}); remove the folder to start over"
            )
        return None

    def _files(self) -> list[Path]:
        found = [] if self.folder is None else self.folder.glob("step-*.safetensors")
        # Numbers beyond the padding are longer names; as text they would come before shorter ones.
        return sorted(found, key=lambda path: (len(path.name), path.name))


def _read(path: Path) -> Checkpoint:
    """Read one file. Nothing goes on from numbers that are none: they would spread, and be saved again."""
    tensors, meta = read_tensors(path)
    step, state = meta.get("step"), meta.get("state")
    if not isinstance(step, int) or not isinstance(state, dict):
        raise UserError(f"cannot read {path}: it is no checkpoint")
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise UserError(f"cannot go on from {path}: {name} is not finite")
    return Checkpoint(step, tensors, state)


def known_to_all(checkpoint: Checkpoint | None, processes: Processes) -> Checkpoint | None:
    """Return the first process's checkpoint: the others may not see its folder."""
    meta = b"" if checkpoint is None else json.dumps([checkpoint.step, checkpoint.state]).encode()
    tensors = b"" if checkpoint is None else save(checkpoint.tensors)
    meta, tensors = processes.told(meta), processes.told(tensors)
    if not meta:
        return None
    step, state = json.loads(meta)
    return Checkpoint(step, load(tensors), state)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Write tensors and JSON metadata as one safetensors file, whole or not at all; the same always as the same bytes.

    Metadata and digest are one entry, since safetensors writes several in any order.
    """
    plain = {name: tensor.detach().to("cpu").contiguous().clone() for name, tensor in tensors.items()}
    text = json.dumps({"schema": SCHEMA, **meta}, allow_nan=False)
    with replacing(path) as scratch:
        try:
            save_file(plain, scratch, metadata={"dsrna": f"{text}\n{_digest(text, plain)}"})
        except SafetensorError as error:
            raise OSError(str(error)) from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what ``write_tensors`` wrote; a damaged or foreign file is a ``UserError`` that names it.

    safetensors tells when a file is cut, and not when a bit of it has changed; the digest does.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        text, _, digest = header.get("dsrna", "{}").partition("\n")
        meta: Any = json.loads(text)
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise UserError(f"cannot read {path}: {' '.join(str(error).split())}") from error
    if not isinstance(meta, dict):
        raise UserError(f"cannot read {path}: its metadata must be a mapping, not {type(meta).__name__}")
    schema = meta.get("schema")
    if schema not in READABLE:
        raise UserError(f"{path} was not written by this version of dsrna (schema {shown(schema)}, not {SCHEMA})")
    if (schema == SCHEMA or digest) and digest != _digest(text, tensors):
        raise UserError(f"cannot read {path}: its bytes are not those that were written")
    return tensors, meta


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of the metadata and of every tensor: name, type, shape, bytes."""
    found = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def optimizer_tensors(optimizer: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """The state tensors of an optimizer, named ``prefix.<parameter index>.<name>``."""
    state = optimizer.state_dict()["state"]
    return {
        f"{prefix}.{index}.{name}": value
        for index, entry in state.items()
        for name, value in entry.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, prefix: str, tensors: Mapping[str, Tensor]) -> None:
    """Put back what ``optimizer_tensors`` took; groups and hyper-parameters stay those of ``optimizer``.

    Tensors of other parameters, or of other shapes, are a ``ValueError``.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith(f"{prefix}."):
            index, key = name.removeprefix(f"{prefix}.").split(".", 1)
            if not 0 <= int(index) < len(parameters) or (value.dim() and value.shape != parameters[int(index)].shape):
                raise ValueError(f"{name} is of another parameter")
            state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": value for name, value in tensors.items()}


def without_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}."): value for name, value in tensors.items() if name.startswith(f"{prefix}.")}
