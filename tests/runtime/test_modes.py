"""Training mode is handed back as it came."""

import pytest
import torch
from torch import nn

from dsrna.runtime.modes import evaluating, fixed


def test_every_submodule_gets_its_own_mode_back() -> None:
    """If this fails, measuring a model changes how it is trained afterwards."""
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout())
    model[0].eval()
    with pytest.raises(ZeroDivisionError), evaluating(model):
        assert not model.training
        assert not model[1].training
        raise ZeroDivisionError
    assert (model.training, model[0].training, model[1].training) == (True, False, True)


def test_what_is_fixed_moves_again_afterwards() -> None:
    """If this fails, weights are frozen from the first architecture step on, or what a user froze is trained."""
    moving, frozen = torch.ones(2, requires_grad=True), torch.ones(2)
    with pytest.raises(ZeroDivisionError), fixed([moving, frozen]):
        assert not (moving * frozen).requires_grad
        raise ZeroDivisionError
    assert (moving.requires_grad, frozen.requires_grad) == (True, False)
