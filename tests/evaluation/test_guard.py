"""The guard: bad input is named, a wrong attack is caught, the model goes back as it came."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks import (
    autoattack,
    carlini_wagner,
    ddn,
    fgsm,
    noise,
    pgd,
    square,
    transferred,
    under_attack,
    verified,
)
from dsrna.evaluation.predictions import predictions
from dsrna.testing.attacks import small_problem
from dsrna.threat import ThreatModel

X, Y = torch.full((2, 1, 5, 5), 0.5), torch.tensor([1, 0])


def two_classes() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(25, 2))


@pytest.mark.parametrize("attack", [fgsm, pgd, autoattack, square, noise, transferred(pgd, two_classes())])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"eps": 8.0}, "8 is too large; did you mean 8/255"),
        ({"eps": -0.1}, "not negative"),
        ({"eps": math.nan}, "finite"),
        ({"norm": 3.0}, "norm must be"),
        ({"x": X * 255}, r"\[0, 1\]"),
        ({"x": X.index_fill(0, torch.tensor([1]), math.nan)}, r"\[0, 1\] and be numbers"),
        ({"y": torch.tensor([1, 2])}, r"0\.\.1, the model's classes"),
        ({"y": torch.tensor([-1, 0])}, r"0\.\.1, the model's classes"),
        ({"x": X[:0], "y": Y[:0]}, "needs images"),
    ],
)
def test_bad_input_is_named(attack: Callable[..., Tensor], changed: dict[str, Any], message: str) -> None:
    """Else a user's slip shows as robustness, or as a trace from the depths of a library."""
    with pytest.raises(UserError, match=message):
        attack(two_classes(), **{"x": X, "y": Y, "eps": 0.1, **changed})


def test_a_model_of_no_numbers_is_named() -> None:
    """Else a diverged model looks robust: no attack makes progress against NaN."""
    model = two_classes()
    next(model.parameters()).data.fill_(math.nan)
    with pytest.raises(UserError, match="not finite"):
        fgsm(model, X, Y, eps=0.1)


class _Halving(nn.Module):
    """Right logits, of images that it leaves other than it was given them."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = two_classes()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.inner(x.mul_(0.5))
        return logits


@pytest.mark.parametrize("attack", [fgsm, pgd, square, noise, autoattack, transferred(pgd, _Halving())])
def test_a_model_that_changes_its_images_is_named(attack: Callable[..., Tensor]) -> None:
    """Else an attack goes on from images that nobody gave it, and what it finds is counted as near the others."""
    x = X.clone()
    model = two_classes() if "transferred" in attack.__qualname__ else _Halving()
    with pytest.raises(UserError, match="changes the images that it is given"):
        attack(model, x, Y, eps=0.1)
    assert torch.equal(x, X)


class _Blind(nn.Module):
    """Right numbers, and gradients that are none: the root of a difference of 0."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = two_classes()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.inner(x)
        return logits + (logits - logits.detach()).abs().sqrt()


@pytest.mark.parametrize("attack", [fgsm, pgd, carlini_wagner, ddn])
def test_a_model_whose_gradients_are_no_numbers_is_named(attack: Callable[..., Tensor]) -> None:
    """Else it looks robust: an attack that follows its gradients stays where it is."""
    blind = _Blind()
    settings = {} if attack in {carlini_wagner, ddn} else {"eps": 0.1}
    y = predictions(blind, X)
    with pytest.raises(UserError, match="no finite gradient at 2 of 2 images"):
        attack(blind, X, y, **settings)


@pytest.mark.parametrize("change", [0.11, -0.6, math.nan])
def test_what_left_the_ball_is_caught(change: float) -> None:
    """Else a wrong attack's numbers would be published."""
    with pytest.raises(RuntimeError, match="1 of 2"):
        verified(X + torch.tensor([0.1, change]).view(2, 1, 1, 1) * 0.999, X, ThreatModel(0.1))


def test_an_error_inside_hands_the_model_back() -> None:
    """Else a model that was interrupted under attack could not be trained on."""
    problem = small_problem(torch.Generator().manual_seed(0))
    modes = [module.training for module in problem.model.modules()]
    with pytest.raises(KeyboardInterrupt), under_attack(problem.model, problem.x, problem.y):
        raise KeyboardInterrupt
    assert [module.training for module in problem.model.modules()] == modes
    assert all(parameter.requires_grad for parameter in problem.model.parameters())
