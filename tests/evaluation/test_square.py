"""Square: against the reference code, and with nothing but logits."""

import math
from functools import partial

import pytest
import torch
from evaluation_cases import LINEAR, digits, network
from pyautoattack.square import SquareAttack
from torch import nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks import Attack, square
from dsrna.evaluation.attacks.gradients import margin
from dsrna.evaluation.attacks.square import _share
from dsrna.evaluation.predictions import predictions
from dsrna.registry import Record
from dsrna.testing.attacks import check_attack, small_problem
from dsrna.threat import ThreatModel, inside

CASES = pytest.mark.parametrize(("norm", "name", "eps"), [(math.inf, "Linf", 0.08), (2.0, "L2", 0.5)])


def test_it_keeps_its_promises_under_both_norms_and_with_few_classes() -> None:
    """Else its numbers depend on the batch; the registered form, of 5,000 queries, is tried under one norm only."""
    short = partial(square, queries=100)
    check_attack(Record("square", "", "", Attack(short, slow=False, norms=(math.inf, 2.0))))


@CASES
def test_it_fells_what_the_reference_fells(norm: float, name: str, eps: float) -> None:
    """Else it is weaker than the attack whose name it bears; luck moves either by some images of 200."""
    x, y = digits().test.read(torch.arange(200)), digits().test.labels[:200]
    ours = int((predictions(network(), square(network(), x, y, eps=eps, norm=norm, queries=500)) == y).sum())
    with torch.random.fork_rng():
        reference = SquareAttack(lambda z: network()(z).clone(), norm=name, n_queries=500, eps=eps, seed=0)
        theirs = int((predictions(network(), reference.perturb(x, y)) == y).sum())
    assert ours <= theirs + 10
    assert theirs < 180


def test_the_first_query_is_one_of_stripes() -> None:
    """Else an image that is right by little is never moved by the one query that may be all it takes."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([0])
    assert 0 < margin(LINEAR(x), y) < 1, "right by less than one"
    tried = [square(LINEAR, x, y, eps=0.5, queries=1, seed=seed) for seed in range(20)]
    assert any(not torch.equal(found, x) for found in tried)


def test_it_finds_its_way_without_gradients() -> None:
    """Else a model that hides its gradients looks robust to it too."""

    class Steps(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = network()((x * 255).round() / 255)
            return logits.round(decimals=1)

    x, y = digits().test.read(torch.arange(60)), digits().test.labels[:60]
    found = square(Steps(), x, y, eps=0.2, queries=300)
    assert (predictions(Steps(), found) == y).sum() < 15


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 4, 7), (1, 9, 5)])
@CASES
def test_images_of_any_shape_will_do(shape: tuple[int, int, int], norm: float, name: str, eps: float) -> None:
    """Else it divides by zero on images smaller than five pixels, or misses the edge of those that are not square."""
    size = math.prod(shape)
    model = nn.Sequential(nn.Flatten(), nn.Linear(size, 3))
    draw = torch.Generator().manual_seed(size)
    model[1].weight.data = torch.randn(3, size, generator=draw)
    x = torch.rand(4, *shape, generator=draw)
    found = square(model, x, predictions(model, x), eps=eps, norm=norm, queries=50)
    assert inside(found, x, ThreatModel(eps, norm)).all()


def test_an_image_that_fell_is_asked_no_more() -> None:
    """Else an evaluation spends its queries on images that are lost already."""
    seen: list[int] = []
    problem = small_problem(torch.Generator().manual_seed(5))
    problem.model.register_forward_hook(lambda _, given, __: seen.append(len(given[0])))
    square(problem.model, problem.x, problem.y, eps=0.5, queries=100)
    assert seen[:4] == [1, 1, 6, 6], "a memory format, the guard, the images, the stripes"
    assert seen[4:] == sorted(seen[4:], reverse=True)
    assert len(seen) < 100


@pytest.mark.parametrize("wrong", [{"queries": 0}, {"share": 0.0}, {"share": 1.5}])
def test_senseless_numbers_are_the_users_to_mend(wrong: dict[str, float]) -> None:
    """Else an attack that never asks reports perfect robustness."""
    with pytest.raises(UserError, match="Square needs"):
        square(LINEAR, torch.full((1, 1, 2, 2), 0.5), torch.tensor([0]), eps=0.1, **wrong)  # type: ignore[arg-type]


def test_norm_1_is_named() -> None:
    """Else an attack that has no moves under L1 ends in a trace."""
    with pytest.raises(UserError, match="Square knows norm inf or 2, not 1"):
        square(LINEAR, torch.full((1, 1, 2, 2), 0.5), torch.tensor([0]), eps=0.1, norm=1.0)


def test_squares_are_halved_when_the_paper_says() -> None:
    """If this fails, the search is for large squares for longer, or gives them up sooner, than the published one."""
    for halvings, after in enumerate((10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)):
        assert _share(1.0, after, 10_000) == 0.5**halvings
        assert _share(1.0, after + 1, 10_000) == 0.5 ** (halvings + 1)
        assert _share(0.8, after + 10, 5_000) == 0.8 * _share(1.0, 2 * (after + 10), 10_000)
