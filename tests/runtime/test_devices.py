"""The choice of a device, and how it multiplies."""

import pytest
import torch

from dsrna.errors import UserError
from dsrna.runtime.devices import choose, knows_tf32, tf32


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
