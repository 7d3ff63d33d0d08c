"""AutoAttack through the package, for every number of classes."""

import logging
import math
import sys
from collections.abc import Callable

import pyautoattack
import pytest
import torch
from evaluation_cases import digits, network
from torch import nn

from dsrna.errors import UserError
from dsrna.evaluation import autoattack, pgd
from dsrna.evaluation.attacks.autoattack import _contained, component_attacks
from dsrna.evaluation.attacks.guard import under_attack
from dsrna.evaluation.predictions import predictions
from dsrna.threat import ThreatModel, inside, project

Made = Callable[[int], tuple[nn.Module, torch.Tensor, torch.Tensor]]


def problem(classes: int) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(classes)
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, classes))
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    x = torch.rand(8, 1, 6, 6, generator=generator)
    return model, x, predictions(model, x)


def convolutional(classes: int) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """A network whose margin is no straight line, and the digits that it has learned."""
    x, y = digits().test.read(torch.arange(6)), digits().test.labels[:6]
    assert classes == len(digits().classes)
    return network(), x, y


@pytest.mark.parametrize("classes", [10, 3, 2])
@pytest.mark.parametrize(("norm", "eps"), [(math.inf, 0.3), (2.0, 1.2)])
def test_it_runs_for_any_number_of_classes(classes: int, norm: float, eps: float) -> None:
    """Else a loss that needs more classes than there are gives nonsense, or an index error, on a small problem."""
    model, x, y = problem(classes)
    found = autoattack(model, x, y, eps=eps, norm=norm)
    assert inside(found, x, ThreatModel(eps, norm)).all()
    assert (predictions(model, found) == y).sum() <= (
        predictions(model, pgd(model, x, y, eps=eps, norm=norm)) == y
    ).sum()


def reference(model: nn.Module, x: torch.Tensor, y: torch.Tensor, threat: ThreatModel, name: str) -> torch.Tensor:
    """What the package finds by itself. A sum in another order is another number: it gets the same memory layout."""
    with under_attack(model, x, y), _contained(x):
        ensemble = pyautoattack.AutoAttack(model, norm=name, eps=threat.eps, seed=3, device="cpu", version="standard")
        found: torch.Tensor = ensemble.run_standard_evaluation(x, y, batch_size=len(x))[0]
    return found


@pytest.mark.parametrize(("norm", "name", "eps"), [(math.inf, "Linf", 0.25), (2.0, "L2", 0.8)])
@pytest.mark.parametrize("made", [problem, convolutional])
def test_it_is_the_standard_ensemble_of_the_package(made: Made, norm: float, name: str, eps: float) -> None:
    """Else what is reported as AutoAttack is not what others report."""
    model, x, y = made(10)
    expected = reference(model, x, y, ThreatModel(eps, norm), name)
    found = autoattack(model, x, y, eps=eps, norm=norm, seed=3)
    assert torch.allclose(found, expected, atol=1e-6)
    assert torch.equal(predictions(model, found), predictions(model, expected))
    assert (predictions(model, found) != y).any()


def test_on_fifty_images_it_is_the_package_to_the_last_bit() -> None:
    """If this fails, another image falls now and then, which eight images do not show."""
    x, y, threat = digits().test.read(torch.arange(50)), digits().test.labels[:50], ThreatModel(0.16)
    found = autoattack(network(), x, y, eps=threat.eps, norm=threat.norm, seed=3)
    assert torch.equal(found, project(reference(network(), x, y, threat, "Linf"), x, threat))
    assert 0 < (predictions(network(), found) == y).sum() < 25


@pytest.mark.parametrize(
    ("classes", "attacks"),
    [
        (10, ("apgd-ce", "apgd-t", "fab-t", "square")),
        (4, ("apgd-ce", "apgd-t", "fab-t", "square")),
        (3, ("apgd-ce", "apgd-dlr", "fab-t", "square")),
        (2, ("apgd-ce", "fab-t", "square")),
    ],
)
def test_the_ensemble_follows_the_classes(classes: int, attacks: tuple[str, ...]) -> None:
    """Else the DLR loss is used where its denominator does not exist."""
    assert component_attacks(classes) == attacks


def test_one_class_is_the_users_to_mend() -> None:
    """Else a model with one logit is attacked, in vain and for long."""
    with pytest.raises(UserError, match="at least two classes, not 1"):
        component_attacks(1)


@pytest.mark.parametrize("shape", [(4, 4), (4, 9), (9, 4)])
def test_images_too_small_for_square_are_named(shape: tuple[int, int]) -> None:
    """Else the package divides by zero, but only where an image stands until Square's turn."""
    with pytest.raises(UserError, match=f"at least 5x5 pixels, not {shape[0]}x{shape[1]}"):
        autoattack(problem(3)[0], torch.full((1, 1, *shape), 0.5), torch.tensor([0]), eps=0.1)


@pytest.mark.parametrize("norm", [math.inf, 2.0, 1.0])
def test_it_takes_every_norm_and_the_smallest_images(norm: float) -> None:
    """Else a norm of the package is not ours, or images into which the tiles just fit are refused."""
    x = torch.full((2, 1, 5, 5), 0.5)
    model = nn.Sequential(nn.Flatten(), nn.Linear(25, 4))
    fallen = (predictions(model, x) + 1) % 4
    assert torch.equal(autoattack(model, x, fallen, eps=0.1, norm=norm), x), "they are wrong to begin with"


def test_it_says_nothing_and_leaves_globals_alone(capfd: pytest.CaptureFixture[str]) -> None:
    """Else it prints into the progress bar, switches off coverage and debuggers, or reseeds its caller."""
    model, x, y = problem(2)
    trace, log, state = sys.gettrace(), logging.getLogger("auto-attack"), torch.get_rng_state()
    autoattack(model, x, y, eps=0.5)
    assert capfd.readouterr() == ("", "")
    assert sys.gettrace() is trace
    assert not log.disabled
    assert torch.equal(torch.get_rng_state(), state)


def test_double_precision_comes_back_as_it_went() -> None:
    """Else models in float64, as certificates use them, cannot be attacked."""
    model, x, y = problem(3)
    found = autoattack(model.double(), x.double(), y, eps=0.3)
    assert found.dtype == torch.float64
    assert (predictions(model, found) != y).any()


def test_the_logits_of_the_model_stay_its_own() -> None:
    """Else a model that keeps its logits, or hands out a table's rows, is another model after the attack."""
    model, x, y = problem(4)
    kept: list[tuple[torch.Tensor, torch.Tensor]] = []
    model.register_forward_hook(lambda _, __, logits: kept.append((logits, logits.detach().clone())))
    autoattack(model, x[:2], y[:2], eps=0.005)
    assert all(torch.equal(logits, before) for logits, before in kept)
