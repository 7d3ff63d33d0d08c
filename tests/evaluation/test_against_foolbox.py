"""PGD, C&W and DDN against foolbox, on the same network and the same 200 images."""

import math
import warnings
from types import ModuleType
from typing import NamedTuple

import pytest
import torch
from evaluation_cases import digits, network
from torch import Tensor

from dsrna.evaluation.attacks import carlini_wagner, ddn, pgd
from dsrna.evaluation.predictions import predictions
from dsrna.threat import distance

STEPS = 20


@pytest.fixture(scope="module")
def foolbox() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import foolbox
    return foolbox


def images() -> tuple[Tensor, Tensor]:
    return digits().test.read(torch.arange(200)), digits().test.labels[:200]


def theirs(foolbox: ModuleType, attack: str, eps: float | None, **options: float) -> Tensor:
    model = foolbox.PyTorchModel(network(), bounds=(0, 1), device="cpu")
    found: Tensor = getattr(foolbox.attacks, attack)(**options)(model, *images(), epsilons=eps)[1]
    return found


def standing(found: Tensor) -> int:
    return int((predictions(network(), found) == images()[1]).sum())


@pytest.mark.parametrize(
    ("norm", "name", "eps"), [(math.inf, "LinfPGD", 0.05), (math.inf, "LinfPGD", 0.1), (2.0, "L2PGD", 0.3)]
)
@pytest.mark.parametrize("early_stop", [False, True])
def test_pgd_leaves_as_many_images(foolbox: ModuleType, norm: float, name: str, eps: float, early_stop: bool) -> None:
    """Else our PGD is another attack than the one the field reports, or early stopping changes its number."""
    peer = standing(theirs(foolbox, name, eps, rel_stepsize=2.5 / STEPS, steps=STEPS, random_start=False))
    ours = standing(pgd(network(), *images(), eps=eps, norm=norm, steps=STEPS, early_stop=early_stop))
    assert abs(ours - peer) <= 1
    assert 10 < peer < 190


class Nearest(NamedTuple):
    """What a minimum-norm attack of ours finds, and what foolbox's does."""

    ours: Tensor
    peer: Tensor


@pytest.fixture(scope="module", params=["cw", "ddn"])
def nearest(request: pytest.FixtureRequest, foolbox: ModuleType) -> Nearest:
    x, y = images()
    if request.param == "ddn":
        return Nearest(ddn(network(), x, y), theirs(foolbox, "DDNAttack", None, init_epsilon=1.0, steps=100))
    options = {"steps": 150, "binary_search_steps": 9, "stepsize": 0.05, "abort_early": False}
    ours = carlini_wagner(network(), x, y, steps=150, searches=9, step_size=0.05)
    return Nearest(ours, theirs(foolbox, "L2CarliniWagnerAttack", None, **options))


def test_minimum_norm_attacks_find_as_near_images(nearest: Nearest) -> None:
    """Else the distances of C&W or DDN cannot be compared with those that others report."""
    x, y = images()
    right = predictions(network(), x) == y
    assert standing(nearest.ours) <= standing(nearest.peer) + 1
    median, their_median = (distance(found[right], x[right], 2.0).median().item() for found in nearest)
    assert median == pytest.approx(their_median, rel=0.02)


@pytest.mark.parametrize("eps", [0.5, 0.7])
def test_minimum_norm_attacks_leave_as_many_images(nearest: Nearest, eps: float) -> None:
    """If this fails, robust accuracy by C&W or DDN is another than others report, though the median may agree."""
    x, y = images()
    ours, peer = (
        int(((predictions(network(), found) == y) | (distance(found, x, 2.0) > eps)).sum()) for found in nearest
    )
    assert abs(ours - peer) <= 1
    assert 10 < peer < 190
