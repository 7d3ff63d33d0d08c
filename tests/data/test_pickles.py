"""The restricted reader: arrays in, nothing run."""

import pickle
import tracemalloc
from collections import OrderedDict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from data_files import user_error

from dsrna.data.pickles import load_arrays

PYTHON_2 = (
    b"(dp0\nS'data'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntS'b'\ntRp4\n"
    b"(I1\n(I3\ntcnumpy\ndtype\np5\n(S'u1'\nI0\nI1\ntRp6\n(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\nS'abc'\ntbs."
)

PUTS = {
    "LONG_BINPUT": b"\x80\x02Nr\xff\xff\xff\x0f.",
    "PUT": b"Np268435455\n.",
    "BINPUT": b"\x80\x02Nq\xff.",
}


class Runs:
    """Opens a file when it is unpickled by a reader that runs what it is told to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.path), "w")


def test_arrays_and_plain_values_come_back() -> None:
    """Broken: CIFAR-10 could not be read."""
    data = np.arange(6, dtype=np.uint8).reshape(2, 3)
    for protocol in (3, 4):
        read = load_arrays(pickle.dumps({"data": data, "labels": [1, 2]}, protocol), "batch")
        assert np.array_equal(read["data"], data)
        assert read["labels"] == [1, 2]


def test_arrays_of_python_2_come_back() -> None:
    """Broken: the published batches, written by Python 2, could not be read."""
    assert load_arrays(PYTHON_2, "batch")["data"].tolist() == [97, 98, 99]


@pytest.mark.parametrize("kind", ["<i2", ">i2", "u1", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_every_kind_and_order_come_back(kind: str, order: Literal["C", "F"]) -> None:
    """Broken: labels or images that another machine has written would be read as other numbers."""
    data = np.asarray([[1, 2, 258], [3, 4, 5]]).astype(kind, order=order)
    assert np.array_equal(load_arrays(pickle.dumps(data, 4), "batch"), data)


def test_the_flags_of_a_damaged_type_are_not_believed() -> None:
    """Broken: numpy would take bytes for objects, and end in an error of its own where the array is thrown away."""
    written = pickle.dumps(np.arange(3, dtype=np.uint8), 4)
    damaged = written.replace(b"\xffK\x00t\x94b", b"\xffK\x3ft\x94b")
    assert damaged != written
    assert load_arrays(damaged, "batch").tolist() == [0, 1, 2]


@pytest.mark.parametrize("value", [np.uint8, np.ndarray, [np.dtype("u1")]])
def test_what_is_no_array_is_refused(value: object) -> None:
    """Broken: what only takes the place of an array would be given out."""
    with user_error("batch"):
        load_arrays(pickle.dumps(value, 4), "batch")


def test_code_is_not_run(tmp_path: Path) -> None:
    """Broken: a data file could run anything on the user's machine."""
    with user_error("only numpy arrays"):
        load_arrays(pickle.dumps(Runs(tmp_path / "ran")), "batch")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("value", [OrderedDict(), print, np.load])
def test_any_other_name_is_refused(value: object) -> None:
    """Broken: the list of what may be named would have a hole."""
    with user_error("asks for"):
        load_arrays(pickle.dumps(value), "batch")


@pytest.mark.parametrize("kind", PUTS)
def test_memory_is_taken_for_what_is_there_only(kind: str) -> None:
    """If this fails, nine bytes take gigabytes."""
    tracemalloc.start()
    with user_error("batch: it asks for memory for"):
        load_arrays(PUTS[kind], "batch")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**20


def test_damage_is_told_with_the_name_of_the_file() -> None:
    """If this fails, nobody knows which of six files is damaged."""
    with user_error("data_batch_3 is no pickle of arrays"):
        load_arrays(b"cos", "data_batch_3")
