"""PGD: its optimum on a linear model, its restarts, its independence from the batch."""

import math

import pytest
import torch
from evaluation_cases import LINEAR, digits, network

from dsrna.errors import UserError
from dsrna.evaluation import fgsm, pgd
from dsrna.evaluation.predictions import predictions
from dsrna.testing.attacks import small_problem
from dsrna.threat import ThreatModel, inside

NORMS = (math.inf, 2.0, 1.0)


@pytest.mark.parametrize(("norm", "expected"), [(math.inf, 0.3 * 3.75), (2.0, 0.3 * 5.3125**0.5), (1.0, 0.3 * 2.0)])
def test_it_reaches_the_optimum_on_a_linear_model(norm: float, expected: float) -> None:
    """Else twenty steps of the default size do not cross the ball."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([1])
    found = pgd(LINEAR, x, y, eps=0.3, norm=norm)
    assert (LINEAR(x) - LINEAR(found))[0, 1].item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("norm", NORMS)
def test_random_starts_reach_the_optimum_too(norm: float) -> None:
    """Else a restart returns images that are worse than those it started from."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([1])
    once, again = (pgd(LINEAR, x, y, eps=0.05, norm=norm, restarts=n, steps=50) for n in (1, 3))
    assert torch.allclose(LINEAR(once), LINEAR(again), atol=1e-4)


@pytest.mark.parametrize("norm", NORMS)
def test_an_image_alone_gets_what_it_gets_in_a_batch(norm: float) -> None:
    """Else the numbers of an evaluation depend on its batch size."""
    problem = small_problem(torch.Generator().manual_seed(1))
    arguments = {"eps": 0.02, "norm": norm, "restarts": 3, "steps": 5, "seed": 4}
    model, x, y = problem.model.double(), problem.x.double(), problem.y
    together = pgd(model, x, y, **arguments)  # type: ignore[arg-type]
    for i in range(len(y)):
        alone = pgd(model, x[i : i + 1], y[i : i + 1], **arguments)  # type: ignore[arg-type]
        assert torch.allclose(alone, together[i : i + 1], atol=1e-8)


def test_restarts_never_help_the_defender() -> None:
    """Else a later run overwrites an image that had fallen."""
    x, y = digits().test.read(torch.arange(100)), digits().test.labels[:100]
    found = [pgd(network(), x, y, eps=0.06, steps=5, restarts=n) for n in (1, 2, 4)]
    standing = [predictions(network(), images) == y for images in found]
    assert (standing[1] <= standing[0]).all()
    assert (standing[2] <= standing[1]).all()
    assert 0 < standing[0].sum() < 100
    assert torch.equal(found[2][~standing[0]], found[0][~standing[0]])


def test_more_steps_are_no_weaker_than_one() -> None:
    """Else the ascent goes the wrong way, or the projection undoes it."""
    x, y = digits().test.read(torch.arange(200)), digits().test.labels[:200]
    one, many = (
        int((predictions(network(), found) == y).sum())
        for found in (fgsm(network(), x, y, eps=0.1), pgd(network(), x, y, eps=0.1, steps=20))
    )
    assert many <= one < 200


@pytest.mark.parametrize("norm", NORMS)
def test_results_lie_in_the_ball_at_the_faces_of_the_box(norm: float) -> None:
    """Else black and white pixels, of which the digits are full, leave [0, 1]."""
    x, y = digits().test.read(torch.arange(20)), digits().test.labels[:20]
    assert inside(pgd(network(), x, y, eps=0.3, norm=norm, restarts=2), x, ThreatModel(0.3, norm)).all()


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"restarts": 0}, {"step_size": -0.1}, {"step_size": math.nan}])
def test_senseless_numbers_are_the_users_to_mend(wrong: dict[str, float]) -> None:
    """Else an attack of no steps would report perfect robustness."""
    with pytest.raises(UserError, match="PGD"):
        pgd(LINEAR, torch.full((1, 1, 2, 2), 0.5), torch.tensor([1]), eps=0.1, **wrong)  # type: ignore[arg-type]
