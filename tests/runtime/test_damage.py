"""Checkpoints that a disk, a wire or another version has changed."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints, read_tensors, write_tensors

TENSORS = {
    "weight": torch.arange(12.0).reshape(3, 4),
    "half": torch.ones(3, dtype=torch.bfloat16),
    "flag": torch.tensor(True),
    "empty": torch.empty(0, 2),
}
STATE = {"history": [{"epoch": 1, "loss": 0.25}], "name": "é\n"}


def two_checkpoints(folder: Path) -> tuple[Path, list[str], Checkpoints]:
    """Write two, once; return the newest as it was written, what will be said, and a reader."""
    said: list[str] = []
    checkpoints = Checkpoints(folder, say=said.append)
    newest, original = folder / "step-000002.safetensors", folder / "original"
    if not original.exists():
        for step in (1, 2):
            checkpoints.save(step, TENSORS, STATE)
        original.write_bytes(newest.read_bytes())
    newest.write_bytes(original.read_bytes())
    return newest, said, checkpoints


def the_one_before_is_used_with_a_word(checkpoints: Checkpoints, said: list[str]) -> None:
    found = checkpoints.latest()
    assert found is not None
    assert (found.step, found.state) == (1, STATE)
    assert all(found.tensors[name].equal(tensor) for name, tensor in TENSORS.items())
    assert len(said) == 1
    assert "step-000002" in said[0]
    assert "\n" not in said[0]


ANYWHERE = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANYWHERE
@given(data=st.data())
def test_a_bit_that_has_changed_anywhere_is_seen(tmp_path: Path, data: Any) -> None:
    """If this fails, a run goes on from weights that nobody trained."""
    newest, said, checkpoints = two_checkpoints(tmp_path)
    content = bytearray(newest.read_bytes())
    place = data.draw(st.integers(0, 8 * len(content) - 1))
    content[place // 8] ^= 1 << place % 8
    newest.write_bytes(content)
    try:
        tensors, _ = read_tensors(newest)
    except UserError:
        the_one_before_is_used_with_a_word(checkpoints, said)
    else:  # a bit that says nothing: of the padding, or of the order of the header
        assert all(tensors[name].equal(tensor) for name, tensor in TENSORS.items())


@ANYWHERE
@given(data=st.data())
def test_a_file_that_was_cut_anywhere_is_seen(tmp_path: Path, data: Any) -> None:
    """If this fails, half a checkpoint is an error without a name, or a new start."""
    newest, said, checkpoints = two_checkpoints(tmp_path)
    content = newest.read_bytes()
    newest.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    the_one_before_is_used_with_a_word(checkpoints, said)


@ANYWHERE
@given(content=st.binary(max_size=200))
def test_any_bytes_are_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    """If this fails, a stranger's file is a traceback, a hang, or eats the memory."""
    path = tmp_path / "step-000001.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="step-000001"):
        read_tensors(path)


@pytest.mark.parametrize(
    "header",
    [
        {"x": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 4]}},
        {"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 2**60]}},
        {"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}},
        {"x": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"x": {"dtype": "object", "shape": [1], "data_offsets": [0, 4]}},
        {name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for name in "xy"},
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: dict[str, Any]) -> None:
    """If this fails, a file can have memory read, or allocated, that it does not hold."""
    text = json.dumps(header).encode()
    path = tmp_path / "lies.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    with pytest.raises(UserError, match="lies"):
        read_tensors(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "must be a mapping, not list"),
        ("[" * 100_000, "recursion"),
        ("3", "must be a mapping, not int"),
        ('{"schema": [2]}', "not written by this version"),
        ('{"schema": 2}', "not those that were written"),
        ('{"schema": 2}\n0', "not those that were written"),
    ],
)
def test_metadata_that_lies_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """If this fails, a file that safetensors reads gladly is a traceback."""
    save_file({"x": torch.ones(1)}, tmp_path / "lies.safetensors", metadata={"dsrna": text})
    with pytest.raises(UserError, match=reason) as error:
        read_tensors(tmp_path / "lies.safetensors")
    assert "lies.safetensors" in str(error.value)


@pytest.mark.parametrize(
    ("tensors", "meta"),
    [
        (TENSORS, {"step": 2, "state": [1]}),
        (TENSORS, {"step": "2", "state": {}}),
        (TENSORS, {"state": {}}),
        ({"weight": torch.tensor([1.0, float("nan")])}, {"step": 2, "state": {}}),
    ],
)
def test_a_checkpoint_that_cannot_be_gives_way_to_the_one_before(
    tmp_path: Path, tensors: dict[str, torch.Tensor], meta: dict[str, Any]
) -> None:
    """If this fails, a run goes on from numbers that are none, or ends in a traceback, though an older one is there."""
    newest, said, checkpoints = two_checkpoints(tmp_path)
    write_tensors(newest, tensors, meta)
    the_one_before_is_used_with_a_word(checkpoints, said)


def test_a_header_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    """If this fails, eight bytes ask for all the memory there is."""
    for length in (2**63, 2**32, 100):
        (tmp_path / "long.safetensors").write_bytes(length.to_bytes(8, "little") + b"{}")
        with pytest.raises(UserError, match="long"):
            read_tensors(tmp_path / "long.safetensors")


def test_one_from_before_there_were_digests_is_read(tmp_path: Path) -> None:
    """If this fails, an update costs every run that is under way."""
    meta = json.dumps({"schema": 1, "step": 3, "state": {}})
    save_file({"x": torch.ones(2)}, tmp_path / "step-000003.safetensors", metadata={"dsrna": meta})
    found = Checkpoints(tmp_path).latest()
    assert found is not None
    assert found.step == 3


def test_one_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """If this fails, what this version does not know of is left out in silence."""
    meta = json.dumps({"schema": 99, "step": 3, "state": {}})
    save_file({"x": torch.ones(2)}, tmp_path / "step-000003.safetensors", metadata={"dsrna": meta})
    with pytest.raises(UserError, match="no checkpoint in .* can be read .*schema 99"):
        Checkpoints(tmp_path).latest()
