"""Random noise: easier than any search, harder with more draws."""

import pytest
import torch
from evaluation_cases import LINEAR, digits, network

from dsrna.errors import UserError
from dsrna.evaluation.attacks import noise, pgd
from dsrna.evaluation.predictions import predictions


def standing(eps: float, draws: int) -> torch.Tensor:
    x, y = digits().test.read(torch.arange(200)), digits().test.labels[:200]
    return predictions(network(), noise(network(), x, y, eps=eps, draws=draws)) == y


def test_more_draws_never_help_the_defender() -> None:
    """Else an image that one draw felled is overwritten by the next."""
    few, many = standing(0.3, 2), standing(0.3, 20)
    assert (many <= few).all()
    assert 0 < many.sum() < few.sum()


def test_it_is_easier_than_pgd() -> None:
    """Else noise is larger than the threat allows, or PGD climbs nowhere."""
    x, y = digits().test.read(torch.arange(200)), digits().test.labels[:200]
    assert standing(0.1, 10).sum() > (predictions(network(), pgd(network(), x, y, eps=0.1)) == y).sum() + 20


def test_no_draws_are_the_users_to_mend() -> None:
    """Else an attack that draws nothing reports perfect robustness."""
    with pytest.raises(UserError, match="at least one draw, not 0"):
        noise(LINEAR, torch.full((1, 1, 2, 2), 0.5), torch.tensor([0]), eps=0.1, draws=0)
