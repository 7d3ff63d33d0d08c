"""Attacks as they are called without a word are those of their publications."""

from collections.abc import Callable
from inspect import signature

import pytest
import torch

from dsrna.evaluation.attacks import carlini_wagner, ddn, pgd, square
from dsrna.evaluation.attacks.ddn import _step_size

PUBLISHED: dict[Callable[..., torch.Tensor], dict[str, float]] = {
    carlini_wagner: {"steps": 1000, "searches": 9, "step_size": 0.01, "constant": 1e-3},  # arXiv 1608.04644, its code
    ddn: {"steps": 100, "radius": 1.0, "gamma": 0.05},  # arXiv 1811.09600, section 4
    pgd: {"steps": 20, "restarts": 1},  # PGD-20
    square: {"queries": 5000, "share": 0.8},  # arXiv 2003.01690, appendix C
}


@pytest.mark.parametrize("attack", PUBLISHED, ids=lambda attack: attack.__name__)
def test_defaults_are_published(attack: Callable[..., torch.Tensor]) -> None:
    """Else a number under the name of an attack is not that attack's."""
    parameters = signature(attack).parameters
    assert {name: parameters[name].default for name in PUBLISHED[attack]} == PUBLISHED[attack]


def test_the_step_falls_from_1_to_a_hundredth_along_a_cosine() -> None:
    """Else DDN begins or ends in steps of another length than its publication's."""
    assert [_step_size(step, 4) for step in (0, 2, 4)] == pytest.approx([1, 0.505, 0.01])
