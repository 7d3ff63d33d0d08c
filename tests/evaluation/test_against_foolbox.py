"""PGD, C&W and DDN against foolbox, on the same network and the same 200 images."""

import math
import warnings
from types import ModuleType

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


@pytest.mark.parametrize("attack", ["cw", "ddn"])
def test_minimum_norm_attacks_find_as_near_images(foolbox: ModuleType, attack: str) -> None:
    """Else the distances of C&W or DDN cannot be compared with those that others report."""
    x, y = images()
    if attack == "cw":
        options = {"steps": 100, "binary_search_steps": 6, "stepsize": 0.05, "abort_early": False}
        peer = theirs(foolbox, "L2CarliniWagnerAttack", None, **options)
        ours = carlini_wagner(network(), x, y, steps=100, searches=6, step_size=0.05)
    else:
        peer, ours = theirs(foolbox, "DDNAttack", None, init_epsilon=1.0, steps=100), ddn(network(), x, y)
    right = predictions(network(), x) == y
    assert standing(ours) <= standing(peer) + 1
    median, their_median = (distance(found[right], x[right], 2.0).median().item() for found in (ours, peer))
    assert median == pytest.approx(their_median, rel=0.02)
