"""Attacks carried over from another model."""

import math
from functools import partial
from pathlib import Path

import pytest
import torch
from evaluation_cases import digits, network
from torch import nn

from dsrna.errors import UserError
from dsrna.evaluation import AttackResult, AttackSettings, Count, attack
from dsrna.evaluation.attacks import pgd, transferred
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.predictions import predictions
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps


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


def judged(target: nn.Module, source: nn.Module | None) -> AttackResult:
    settings = AttackSettings(
        ("transfer-pgd-20", "pgd-20"), (Eps(0.1),), images=50, batch_size=20, sanity=0, source=Path("runs/other")
    )
    return attack(target, digits().test, settings, seed=0, reporter=Silent(), source=source).result


def test_what_was_found_on_the_source_is_judged_by_the_target() -> None:
    """Else the row of a transfer attack counts what fools the source, or is a white-box attack on the target."""
    target = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    order = chosen(digits().test.labels, 50)
    x, y = digits().test.read(order), digits().test.labels[order]
    right = predictions(target, x) == y
    found = pgd(network(), x, y, eps=0.1, early_stop=False)
    standing = int((right & (predictions(target, found) == y)).sum())
    result = judged(target, network())
    assert result.rows[0].count == Count(standing, 50)
    assert result.source == Path("runs/other")


def test_from_itself_it_fells_what_the_attack_fells() -> None:
    """Else the two are not the same ascent, and a difference between their rows says nothing about the source."""
    transfer, direct = judged(network(), network()).rows
    assert abs(transfer.count.correct - direct.count.correct) <= 1


def test_without_a_source_there_is_no_transfer() -> None:
    """Else a white-box attack is reported under the name of a transfer."""
    with pytest.raises(UserError, match="transfer-pgd-20 comes from another model"):
        judged(network(), None)
