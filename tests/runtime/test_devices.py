"""The choice of a device, how it multiplies, and whether always to the same bits."""

import os

import pytest
import torch

from dsrna.errors import UserError
from dsrna.runtime.devices import WORKSPACE, choose, deterministic, knows_tf32, tf32


def test_auto_and_names() -> None:
    """If this fails, a run does not start on a machine without a GPU."""
    assert choose("cpu").type == "cpu"
    assert choose("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["gpu9", "", "cuda:0" if not torch.cuda.is_available() else "cuda:99999999999"])
def test_a_device_that_is_not_there_is_an_error(name: str) -> None:
    """If this fails, a wrong device is a traceback hours later."""
    with pytest.raises(UserError, match="device"):
        choose(name)


def multiplying() -> tuple[bool, bool]:
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("allowed", [True, False])
def test_products_are_rounded_only_where_they_may_be(allowed: bool) -> None:
    """If this fails, a bound is proven with ten bits of mantissa, or the rest of a program computes otherwise."""
    before = multiplying()
    with pytest.raises(ZeroDivisionError), tf32(allowed):
        assert multiplying() == (allowed, allowed)
        with tf32(not allowed):
            assert multiplying() == (not allowed, not allowed)
        assert multiplying() == (allowed, allowed)
        raise ZeroDivisionError
    assert multiplying() == before


@pytest.mark.parametrize(("capability", "knows"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_which_devices_know_tf32(capability: tuple[int, int], knows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, environment.json says of a run that it was computed otherwise than it was."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert knows_tf32(torch.device("cuda")) == knows
    assert not knows_tf32(torch.device("cpu"))


def bits() -> tuple[object, ...]:
    """All that decides whether operations come to the same bits."""
    convolutions = torch.backends.cudnn
    modes = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    return (*modes, convolutions.deterministic, convolutions.benchmark, os.environ.get(WORKSPACE))


def test_the_same_bits_are_asked_for_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, --deterministic does nothing, or slows the rest of a program down."""
    monkeypatch.delenv(WORKSPACE, raising=False)
    before = bits()
    with pytest.raises(ZeroDivisionError), deterministic(asked=True):
        assert bits() == (True, False, True, False, ":4096:8")
        raise ZeroDivisionError
    assert bits() == before
    with deterministic(asked=False):
        assert bits() == before


def test_a_choice_of_the_users_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, whoever has set cuBLAS's workspace, or torch to warn, finds it changed afterwards."""
    monkeypatch.setenv(WORKSPACE, ":16:8")
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    try:
        before = bits()
        with deterministic(asked=True):
            assert os.environ[WORKSPACE] == ":16:8"
            assert not torch.is_deterministic_algorithms_warn_only_enabled()
        assert bits() == before
    finally:
        torch.use_deterministic_algorithms(mode=False)


def test_an_operation_that_cannot_is_named() -> None:
    """If this fails, an operation without such a form is a traceback; or other errors are taken for that."""
    pooled, places = torch.nn.functional.max_pool1d(torch.rand(1, 1, 4), 2, return_indices=True)
    with pytest.raises(UserError, match="max_unpooling2d_forward_out has no form .* go without --deterministic"):
        with deterministic(asked=True):
            torch.nn.functional.max_unpool1d(pooled, places, [2])
    with pytest.raises(RuntimeError, match="shapes"), deterministic(asked=True):
        torch.zeros(2, 2) @ torch.zeros(3, 3)
