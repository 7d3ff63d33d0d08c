"""PGD: its optimum on a linear model, its restarts, its independence from the batch."""

import math

import pytest
import torch
from evaluation_cases import LINEAR, digits, network

from dsrna.errors import UserError
from dsrna.evaluation import ATTACKS, fgsm, pgd
from dsrna.evaluation.predictions import predictions
from dsrna.testing.attacks import small_problem
from dsrna.threat import ThreatModel, cross_entropy, inside

NORMS = (math.inf, 2.0, 1.0)


@pytest.mark.parametrize(("norm", "expected"), [(math.inf, 0.3 * 3.75), (2.0, 0.3 * 5.3125**0.5), (1.0, 0.3 * 2.0)])
def test_it_reaches_the_optimum_on_a_linear_model(norm: float, expected: float) -> None:
    """Else twenty steps of the default size do not cross the ball."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([1])
    found = pgd(LINEAR, x, y, eps=0.3, norm=norm, early_stop=False)
    assert (LINEAR(x) - LINEAR(found))[0, 1].item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("norm", NORMS)
def test_random_starts_reach_the_optimum_too(norm: float) -> None:
    """Else a restart returns images that are worse than those it started from."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([1])
    x[..., 0, 0] = 0.9
    once, again = (pgd(LINEAR, x, y, eps=0.005, norm=norm, restarts=n, steps=60, step_size=4e-4) for n in (1, 2))
    assert (LINEAR(again)[:, 1] > 0).all()
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


@pytest.mark.parametrize("norm", NORMS[:2])
def test_an_image_that_fell_stays_where_it_fell(norm: float) -> None:
    """Else early stopping loses images that had fallen, or touches those that stand."""
    x, y = digits().test.read(torch.arange(200)), digits().test.labels[:200]
    eps = {math.inf: 0.08, 2.0: 0.5}[norm]
    stopped, whole = (pgd(network(), x, y, eps=eps, norm=norm, early_stop=early) for early in (True, False))
    stands = predictions(network(), stopped) == y
    assert (stands <= (predictions(network(), whole) == y)).all()
    assert 0 < stands.sum() < 200
    assert torch.allclose(stopped[stands], whole[stands], atol=1e-5)
    assert (cross_entropy(network(), y)(stopped)[~stands] <= cross_entropy(network(), y)(whole)[~stands] + 1e-3).all()


def test_an_image_that_fell_costs_no_more_passes() -> None:
    """Else an evaluation of a weak network costs as much as that of a strong one."""
    seen: list[int] = []
    hook = network().register_forward_hook(lambda _, given, __: seen.append(len(given[0])))
    pgd(network(), digits().test.read(torch.arange(50)), digits().test.labels[:50], eps=0.2)
    hook.remove()
    assert seen[:2] == [1, 1], "a memory format is tried, and the guard asks how many classes there are"
    assert seen[2:] == sorted(seen[2:], reverse=True)
    assert seen[2] == 50 > seen[-1]


def test_steps_and_runs_can_be_chosen_by_name() -> None:
    """Else a recipe can have no PGD but the few that are listed, or another than it names."""
    x, y = digits().test.read(torch.arange(10)), digits().test.labels[:10]
    named = ATTACKS["pgd-7x2"].run(network(), x, y, eps=0.2, norm=2.0, seed=3)
    assert torch.equal(named, pgd(network(), x, y, eps=0.2, norm=2.0, seed=3, steps=7, restarts=2))
    assert not ATTACKS["pgd-7x2"].slow, "of all images, as those that are listed are"
    for unknown in ("pgd-0", "pgd-7x0", "pgd-7x", "pgd-99999"):
        with pytest.raises(UserError, match="unknown attack"):
            ATTACKS[unknown]


def test_one_step_is_fgsm() -> None:
    """Else the least there is of it is refused, or goes another way."""
    x = digits().test.read(torch.arange(50))
    y = predictions(network(), x)
    torch.testing.assert_close(pgd(network(), x, y, eps=0.1, steps=1), fgsm(network(), x, y, eps=0.1))


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


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"restarts": 0}, {"step_size": 0.0}, {"step_size": math.nan}])
def test_senseless_numbers_are_the_users_to_mend(wrong: dict[str, float]) -> None:
    """Else an attack of no steps would report perfect robustness."""
    with pytest.raises(UserError, match="PGD"):
        pgd(LINEAR, torch.full((1, 1, 2, 2), 0.5), torch.tensor([1]), eps=0.1, **wrong)  # type: ignore[arg-type]
