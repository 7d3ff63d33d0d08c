"""Attacks carried over from another model."""

import math
from functools import partial

import pytest
import torch
from evaluation_cases import digits, network
from torch import nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks import pgd, transferred
from dsrna.evaluation.predictions import predictions


def test_it_asks_the_source_and_never_the_target() -> None:
    """Else what is called a transfer is a white-box attack on the target."""
    x, y = digits().test.read(torch.arange(50)), digits().test.labels[:50]
    target = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    whole = partial(pgd, early_stop=False)
    found = transferred(whole, network())(target, x, y, eps=0.1, norm=math.inf)
    assert torch.equal(found, whole(network(), x, y, eps=0.1))


def test_from_the_model_itself_it_is_the_attack() -> None:
    """Else wrapping changes what an attack finds."""
    x, y = digits().test.read(torch.arange(50)), digits().test.labels[:50]
    found = transferred(pgd, network())(network(), x, y, eps=0.1, norm=math.inf)
    assert torch.equal(predictions(network(), found), predictions(network(), pgd(network(), x, y, eps=0.1)))


def test_a_source_of_other_classes_is_named() -> None:
    """Else labels of one model are looked up among the logits of another."""
    x, y = digits().test.read(torch.arange(2)), torch.tensor([0, 1])
    with pytest.raises(UserError, match="the source tells 10 classes apart, the model 3"):
        transferred(pgd, network())(nn.Sequential(nn.Flatten(), nn.Linear(64, 3)), x, y, eps=0.1, norm=math.inf)
