"""A network of the user's own: found by name, filled from a file; what is wrong is said in one line."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from dsrna.errors import UserError
from dsrna.stages.importing import load_weights, made_by

SOURCE = """
from torch import nn

CONSTANT = nn.Linear(2, 3)

def build():
    return nn.Linear(2, 3)

def with_arguments(width):
    return nn.Linear(width, 3)

def broken():
    raise RuntimeError("no such thing\\nsecond line")

def leaving():
    raise SystemExit(0)

def number():
    return 3

class Net(nn.Linear):
    def __init__(self):
        super().__init__(2, 3)
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules in the current folder, which are forgotten afterwards."""
    (tmp_path / "own_networks.py").write_text(SOURCE)
    (tmp_path / "own_broken.py").write_text("1 / 0\n")
    (tmp_path / "own_exiting.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "own_wanting.py").write_text("import not_there_at_all\n")
    monkeypatch.chdir(tmp_path)
    yield
    for name in ("own_networks", "own_broken", "own_exiting", "own_wanting"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["own_networks:build", "own_networks:Net"])
def test_a_function_or_a_class_makes_the_network(name: str) -> None:
    """Else only networks of dsrna's own can be attacked."""
    before = list(sys.path)
    assert isinstance(made_by(name), nn.Linear)
    assert sys.path == before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("own_networks", "must be package.module:function"),
        ("own_networks:", "must be package.module:function"),
        ("nowhere.at_all:build", "No module named 'nowhere'; it is looked for in the current folder"),
        ("own_broken:build", "cannot import own_broken: ZeroDivisionError"),
        ("own_wanting:build", "No module named 'not_there_at_all'"),
        ("own_networks:built", "own_networks has no 'built'"),
        ("own_networks:CONSTANT", "must be a function that returns a module, not Linear"),
        ("own_networks:with_arguments", "without arguments: missing a required argument: 'width'"),
        ("own_networks:broken", "own_networks:broken() failed: RuntimeError: no such thing"),
        ("own_exiting:build", "cannot import own_exiting: SystemExit: 0"),
        ("own_networks:leaving", "own_networks:leaving() failed: SystemExit: 0"),
        ("own_networks:number", "must return a torch.nn.Module, not int"),
    ],
)
def test_what_is_wrong_with_a_name_is_said(name: str, words: str) -> None:
    """Else a mistyped name ends in a traceback of the import machinery."""
    with pytest.raises(UserError) as caught:
        made_by(name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["safetensors", "torch.save", "checkpoint"])
def test_weights_arrive(kind: str, tmp_path: Path) -> None:
    """Else a network is attacked with the weights that it was initialised with."""
    there = nn.Linear(2, 3)
    path = tmp_path / ("w.safetensors" if kind == "safetensors" else "w.pt")
    if kind == "safetensors":
        save_file(there.state_dict(), path)
    else:
        torch.save(there.state_dict() if kind == "torch.save" else {"state_dict": there.state_dict(), "epoch": 3}, path)
    network = nn.Linear(2, 3)
    load_weights(network, path)
    assert torch.equal(network.weight, there.weight)


class Code:
    """Would be run by a loader that trusts its file."""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"weight": torch.zeros(3, 2)}, "of another network: it lacks bias"),
        (
            {"weight": torch.zeros(3, 2), "bias": torch.zeros(3), "x": torch.zeros(1), "y": torch.zeros(1)},
            "holds more than the network has, x and 1 more",
        ),
        ({"weight": torch.zeros(3, 4), "bias": torch.zeros(3)}, "size mismatch for weight"),
        ({"weight": torch.zeros(3, 2) + 1j, "bias": torch.zeros(3)}, "weight is complex, the network's is not"),
        ({"weight": 3}, "must hold a state dict"),
        ([1, 2], "must hold a state dict"),
        ({1: torch.zeros(3)}, "must hold a state dict, names to tensors"),
        ({1: torch.zeros(3), "weight": torch.zeros(3, 2), "bias": torch.zeros(3)}, "must hold a state dict"),
        ({"weight": torch.zeros(3, 2).to_sparse(), "bias": torch.zeros(3)}, "of another network"),
        (Code(), "holds more than tensors, and code is not loaded"),
    ],
)
def test_weights_that_do_not_fit_are_named(content: object, words: str, tmp_path: Path) -> None:
    """Else a traceback, a half-filled network, or the code of a stranger."""
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(UserError, match=words) as caught:
        load_weights(nn.Linear(2, 3), tmp_path / "w.pt")
    assert "\n" not in str(caught.value)


FOREIGN = (
    b"hello",
    b"a" * 257 + b"ustar\0" + b"0" * 300,  # begins like a tar file
    b"PK\x05\x06" + bytes(18),  # an empty zip file
    b"\x80\x02" + b"(" * 100_000,  # a pickle without an end
)


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"not a tensor", *FOREIGN])
def test_a_file_that_cannot_be_read_is_named(name: str, content: bytes | None, tmp_path: Path) -> None:
    """Else a mistyped path ends in a traceback."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"cannot read .*{name}: (No such|it is damaged, or is not what)") as caught:
        load_weights(nn.Linear(2, 3), tmp_path / name)
    assert "\n" not in str(caught.value)
