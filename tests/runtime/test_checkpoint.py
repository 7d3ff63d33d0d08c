"""Checkpoints: exact, whole, and safe to load."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import (
    Checkpoints,
    optimizer_tensors,
    read_tensors,
    restore_optimizer,
    with_prefix,
    without_prefix,
    write_tensors,
)


def test_the_newest_is_found_and_the_oldest_dropped(tmp_path: Path) -> None:
    """If this fails, a run goes on from an old moment, or fills the disk."""
    checkpoints = Checkpoints(tmp_path, keep=2)
    for step in (1, 2, 10):
        checkpoints.save(step, {"x": torch.tensor([float(step)])}, {"note": str(step)})
    latest = checkpoints.latest()
    assert latest is not None
    assert (latest.step, latest.tensors["x"].item(), latest.state) == (10, 10.0, {"note": "10"})
    assert len(list(tmp_path.iterdir())) == 2


def test_after_a_million_steps_the_newest_is_still_the_newest(tmp_path: Path) -> None:
    """If this fails, a long training loses every checkpoint as it is written, and goes on from an old one."""
    checkpoints = Checkpoints(tmp_path, keep=2)
    for step in (999_998, 999_999, 1_000_000, 1_000_001):
        checkpoints.save(step, {"x": torch.ones(1)}, {})
        latest = checkpoints.latest()
        assert latest is not None
        assert latest.step == step
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_newest_gives_way_to_the_one_before(tmp_path: Path) -> None:
    """If this fails, one bad write costs the whole run."""
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, {"x": torch.ones(3)}, {})
    checkpoints.save(2, {"x": torch.ones(3)}, {})
    newest = tmp_path / "step-000002.safetensors"
    newest.write_bytes(newest.read_bytes()[:-5])
    latest = checkpoints.latest()
    assert latest is not None
    assert latest.step == 1


def test_all_damaged_is_an_error_not_a_new_start(tmp_path: Path) -> None:
    """If this fails, days of search are thrown away in silence."""
    (tmp_path / "step-000001.safetensors").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="no checkpoint in .* can be read"):
        Checkpoints(tmp_path).latest()


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    """If this fails, a search from Python writes files nobody asked for."""
    checkpoints = Checkpoints()
    checkpoints.save(1, {}, {})
    assert checkpoints.latest() is None
    assert not list(tmp_path.iterdir())


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """If this fails, weights of another program are taken for ours."""
    from safetensors.torch import save_file

    save_file({"x": torch.ones(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(UserError, match="not written by this version"):
        read_tensors(tmp_path / "foreign.safetensors")


def test_tensors_that_share_memory_are_kept_apart(tmp_path: Path) -> None:
    """If this fails, views and tied parameters cannot be saved."""
    x = torch.arange(6.0)
    write_tensors(tmp_path / "x.safetensors", {"all": x, "some": x[::2]}, {})
    tensors, _ = read_tensors(tmp_path / "x.safetensors")
    assert torch.equal(tensors["some"], x[::2])


@pytest.mark.parametrize("kind", [torch.optim.Adam, partial(torch.optim.SGD, lr=0.1, momentum=0.9)])
def test_an_optimizer_goes_on_exactly(kind: Callable[..., torch.optim.Optimizer]) -> None:
    """If this fails, a resumed run takes other steps than one left alone."""

    def make() -> tuple[torch.nn.Parameter, torch.optim.Optimizer]:
        parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
        return parameter, kind([parameter])

    def step(parameter: torch.nn.Parameter, optimizer: torch.optim.Optimizer) -> None:
        parameter.grad = parameter.detach().sin()
        optimizer.step()

    left, left_optimizer = make()
    step(left, left_optimizer)
    right, right_optimizer = make()
    right.data.copy_(left.data)
    saved = {name: tensor.clone() for name, tensor in optimizer_tensors(left_optimizer, "o").items()}
    restore_optimizer(right_optimizer, "o", saved)
    step(left, left_optimizer)
    step(right, right_optimizer)
    assert torch.equal(left, right)


@pytest.mark.parametrize("name", ["o.1.momentum_buffer", "o.-1.momentum_buffer", "o.x.momentum_buffer"])
def test_an_optimizer_takes_no_tensors_of_others(name: str) -> None:
    """If this fails, a run goes on with the momentum of another network, in silence or until it ends in a traceback."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1)
    for taken in ({name: torch.ones(2)}, {"o.0.momentum_buffer": torch.ones(7)}):
        with pytest.raises(ValueError, match=r"of another parameter|invalid literal"):
            restore_optimizer(optimizer, "o", taken)


def test_prefixes_come_off_again() -> None:
    """If this fails, a supernet is restored from the optimizer's tensors."""
    tensors = {"a": torch.ones(1)}
    assert without_prefix("p", {**with_prefix("p", tensors), "pq.a": torch.zeros(1)}).keys() == {"a"}
