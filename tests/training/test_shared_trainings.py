"""Two processes train as one does."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from shared_trainings import CASES, Case
from torch import Tensor

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import read_tensors
from dsrna.runtime.processes import ALONE, Processes

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes have trained."""
    out = tmp_path_factory.mktemp("several")
    script = Path(__file__).with_name("shared_trainings.py")
    subprocess.run([*TORCHRUN, str(script), str(out)], check=True, timeout=300, capture_output=True)
    return out


@pytest.mark.parametrize("name", CASES)
def test_two_processes_train_as_one_does(name: str, folder: Path) -> None:
    """If this fails, a training on several machines is another training, or its processes drift apart."""
    (first, told), (second, _) = (read_tensors(folder / f"{name}-{rank}.safetensors") for rank in range(2))
    expected, history = CASES[name].train(ALONE)
    for key, value in expected.items():
        assert torch.equal(first[key], second[key]), key
        assert difference(first[key], value) < 1e-10, key
    for row, alone in zip(told["history"], history, strict=True):
        assert numbers(row) == pytest.approx(numbers(alone), rel=1e-10, abs=1e-10)


def difference(found: Tensor, expected: Tensor) -> float:
    return float((found.double() - expected.double()).abs().max() / expected.double().abs().max().clamp(min=1))


def numbers(row: dict[str, Any]) -> dict[str, float]:
    """The numbers of a history's row, but for its time."""
    values = {**row, **(row["guard"] or {})}
    return {name: value for name, value in values.items() if isinstance(value, float) and name != "seconds"}


@pytest.mark.parametrize(
    ("method", "message"),
    [("pgd", r"training.batch_size \(8\) must be a multiple"), ("certified", "certified training is done by one")],
)
def test_what_cannot_be_shared_is_refused(method: str, message: str) -> None:
    """If this fails, some images count more than others, or a bound holds for a part of the batch, in silence."""

    class Three(Processes):
        size = 3

    with pytest.raises(UserError, match=message):
        Case({"method": method, "averaging": 0.0}).train(Three())


@pytest.mark.parametrize(
    ("size", "accumulate", "images", "each"), [(4, 3, 40, 2), (2, 4, 7, 3), (1, 3, 2, 2)], ids=["many", "few", "alone"]
)
def test_a_part_without_an_image_is_refused(size: int, accumulate: int, images: int, each: int) -> None:
    """If this fails, the mean over no image is not a number, and a sound training is said to diverge."""
    processes = Processes()
    processes.size = size
    with pytest.raises(UserError, match=rf"training.accumulate \({accumulate}\) must be at most .* \({each}\)"):
        Case({"accumulate": accumulate, "holdout": 0.0}, images=images).train(processes)
