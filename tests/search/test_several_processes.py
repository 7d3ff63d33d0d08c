"""Two processes search as one does."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from shared_searches import CASES
from torch import Tensor

from dsrna.runtime.checkpoint import read_tensors
from dsrna.runtime.processes import ALONE

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")

SAID = ("genotype", "strongest", "collapse")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes have found."""
    out = tmp_path_factory.mktemp("several")
    script = Path(__file__).with_name("shared_searches.py")
    subprocess.run([*TORCHRUN, str(script), str(out)], check=True, timeout=300, capture_output=True)
    return out


@pytest.mark.parametrize("name", CASES)
def test_two_processes_search_as_one_does(name: str, folder: Path) -> None:
    """If this fails, a search on several machines is another search, or its processes drift apart."""
    (first, told), (second, _) = (read_tensors(folder / f"{name}-{rank}.safetensors") for rank in range(2))
    expected, history = CASES[name].search(ALONE)
    for key, value in expected.items():
        assert torch.equal(first[key], second[key]), key
        assert difference(first[key], value) < 1e-10, key
    for row, alone in zip(told["history"], history, strict=True):
        assert flattened(row) == pytest.approx(flattened(alone), rel=1e-10, abs=1e-10)
        assert [row[name] for name in SAID] == [alone[name] for name in SAID]


def test_a_size_is_held_and_a_search_stopped_in_these_cases(folder: Path) -> None:
    """If this fails, the multiplier, the gap and the rule that ends a search are not tried on several processes."""
    sized, stopped = (
        read_tensors(folder / f"{name}-0.safetensors")[1]["history"]
        for name in ("held to a size", "watched, stopped early")
    )
    assert flattened(sized[-1])["parameters multiplier"] < 0
    assert len(stopped) < stopped[-1]["epochs"]
    assert any(row["gap"] for row in stopped)


def difference(found: Tensor, expected: Tensor) -> float:
    return float((found.double() - expected.double()).abs().max() / expected.double().abs().max().clamp(min=1))


def flattened(row: dict[str, Any]) -> dict[str, float]:
    """The numbers of a history's row, but for its time."""
    sizes = {f"{name} {part}": number for name, size in row["sizes"].items() for part, number in size.items()}
    inner = {**row["shares"], **(row["architecture"] or {}), **sizes}
    return {name: value for name, value in {**row, **inner}.items() if isinstance(value, float) and name != "seconds"}
