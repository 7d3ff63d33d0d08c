"""Threads are limited, and given back."""

import pytest
import torch

from dsrna.errors import UserError
from dsrna.runtime.threads import limited


def test_threads_are_given_back() -> None:
    """If this fails, a run from Python changes how fast the rest of the program is."""
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), limited(before + 1):
        assert torch.get_num_threads() == before + 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == before
    with limited(None):
        assert torch.get_num_threads() == before


def test_no_threads_is_a_mistake() -> None:
    """If this fails, zero threads is an error of torch's, or silently something else."""
    with pytest.raises(UserError, match="at least 1"), limited(0):
        pass
