"""Training mode is handed back as it came."""

import pytest
from torch import nn

from dsrna.runtime.modes import evaluating


def test_every_submodule_gets_its_own_mode_back() -> None:
    """If this fails, measuring a model changes how it is trained afterwards."""
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout())
    model[0].eval()
    with pytest.raises(ZeroDivisionError), evaluating(model):
        assert not model.training
        assert not model[1].training
        raise ZeroDivisionError
    assert (model.training, model[0].training, model[1].training) == (True, False, True)
