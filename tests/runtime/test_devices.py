"""The choice of a device."""

import pytest
import torch

from dsrna.errors import UserError
from dsrna.runtime.devices import choose


def test_auto_and_names() -> None:
    """If this fails, a run does not start on a machine without a GPU."""
    assert choose("cpu").type == "cpu"
    assert choose("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["gpu9", "", "cuda:0" if not torch.cuda.is_available() else "cuda:99999999999"])
def test_a_device_that_is_not_there_is_an_error(name: str) -> None:
    """If this fails, a wrong device is a traceback hours later."""
    with pytest.raises(UserError, match="device"):
        choose(name)
