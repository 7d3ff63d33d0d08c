"""Everything registered as an attack, and the registration itself."""

from functools import partial

import pytest
import torch
from torch import Tensor

from dsrna.errors import UserError
from dsrna.evaluation import ATTACKS
from dsrna.evaluation.attacks import autoattack, noise, pgd, square
from dsrna.testing.attacks import small_problem


def test_the_named_forms_are_there() -> None:
    """Else recipes that name them stop working."""
    fast = {"fgsm", "pgd-10", "pgd-20", "pgd-40", "pgd-100", "pgd-20x5", "ddn", "noise", "transfer-pgd-20"}
    assert {record.name for record in ATTACKS if not record.value.slow} == fast
    assert {record.name for record in ATTACKS if record.value.slow} == {"autoattack", "cw", "square"}


@pytest.mark.parametrize(
    "drawing",
    [partial(pgd, steps=2, restarts=2, eps=0.02), *(partial(each, eps=0.2) for each in (noise, square, autoattack))],
    ids=["pgd", "noise", "square", "autoattack"],
)
def test_an_attack_that_draws_draws_by_its_seed(drawing: partial[Tensor]) -> None:
    """Else a second seed is no second try, and says nothing of how much the first one's luck was worth."""
    problem = small_problem(torch.Generator().manual_seed(5))
    run = partial(drawing, problem.model, problem.x, problem.y)
    found = [run(seed=seed) for seed in (0, 1)]
    assert not torch.equal(*found)
    assert torch.equal(found[0], run(seed=None)), "no seed is seed 0"


def test_an_unknown_attack_is_named_with_the_known_ones() -> None:
    """Else a typing error costs a look at the source."""
    with pytest.raises(UserError, match="did you mean 'pgd-20'.*Known attacks: .*fgsm"):
        ATTACKS.record("pgd-2o")
