"""Checks of a robust number: an honest model passes them all, each trick fails the one that is meant for it."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from evaluation_cases import digits, network
from torch import Tensor, nn

from dsrna.data import Subset
from dsrna.evaluation import AttackSettings, attack
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.sanity import CHECKS, Case, sanity
from dsrna.evaluation.sanity.of_attacks import black_box, converged, large_ball, more_steps
from dsrna.evaluation.sanity.of_model import deterministic, evaluation_mode, gradients, image_by_image
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps, Norm, ThreatModel


class Trick(nn.Module):
    """A model behind something that hides it."""

    def __init__(self, trick: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.inner = deepcopy(network())
        self.trick = trick

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.inner(self.trick(x))
        return logits


class Stubborn(Trick):
    """Cannot be put into eval mode."""

    def train(self, mode: bool = True) -> "Stubborn":
        super().train(mode)
        self.training = True
        return self


class Ripples(nn.Module):
    """Adds to the logits what hardly changes them, and has large slopes that lead nowhere."""

    def forward(self, logits: Tensor) -> Tensor:
        return logits + 2 * torch.sin(3000 * logits)


class Trap(nn.Module):
    """One pixel from 0: the margin falls, rises again from .032 on, and is negative beyond .08."""

    def forward(self, x: Tensor) -> Tensor:
        z = x.flatten(1)[:, 0]
        margin = torch.where(z < 0.032, 1 - z, torch.where(z < 0.08, 1 + z, -z))
        return torch.stack([margin, torch.zeros_like(margin)], dim=1)


def case(model: nn.Module, *, eps: float = 0.1, norm: float = math.inf, standing: bool = True) -> Case:
    images = digits().test
    x, y = images.read(torch.arange(40)), images.labels[:40]
    right = predictions(model, x) == y
    kept = torch.full((int(right.sum()),), standing)
    return Case(model, x[right], y[right], ThreatModel(eps, norm), kept, seed=0, white=kept)


def noisy(x: Tensor) -> Tensor:
    return x + 0.02 * torch.randn_like(x)


def coarse(x: Tensor) -> Tensor:
    return (x * 4).round() / 4


@pytest.mark.parametrize("norm", [math.inf, 2.0, 1.0])
def test_an_honest_model_passes(norm: float) -> None:
    """Else every report carries doubts, and nobody reads them."""
    eps = {math.inf: 0.1, 2.0: 0.5, 1.0: 2.0}[norm]
    settings = AttackSettings(("pgd-20",), (Eps(eps),), Norm(norm), images=60)
    result = attack(network(), digits().test, settings, seed=0, reporter=Silent()).result
    assert len(result.checks) == len(CHECKS)
    assert result.failed == ()
    assert 0 < result.worst[0].count.correct < result.clean.correct, "the case is too easy to show anything"


@pytest.mark.parametrize(
    ("check", "model", "words"),
    [
        (evaluation_mode, Stubborn(lambda x: x), "stay in training mode: what the whole computes"),
        (deterministic, Trick(noisy), "draws random numbers"),
        (image_by_image, Trick(lambda x: x - x.mean(dim=0)), "statistics of the batch"),
        (gradients, Trick(coarse), "blind"),
        (large_ball, Trick(coarse), "it is the attack that fails"),
        (converged, network(), "they stopped too early"),
        (black_box, network(), "the gradients are masked"),
    ],
)
def test_a_trick_is_seen(check: Callable[..., object], model: nn.Module, words: str) -> None:
    """Else a number that is not real stands in the report without a word."""
    with torch.random.fork_rng():
        found = {each.name: each for each in sanity(case(model, eps=0.3))}
    wanted = found[check(case(network())).name]  # type: ignore[attr-defined]
    assert not wanted.passed
    assert words in wanted.finding
    assert "\n" not in wanted.finding


def test_steps_that_lead_into_a_trap_are_seen() -> None:
    """Else a model whose gradients mislead looks the more robust, the harder it is attacked."""
    x, y = torch.zeros(4, 1, 1, 1), torch.zeros(4, dtype=torch.long)
    found = more_steps(Case(Trap(), x, y, ThreatModel(0.4), torch.zeros(4).bool(), seed=0))
    assert not found.passed
    assert "more steps help the defender" in found.finding
    assert "leaves 0 of 4" in found.finding


def test_a_grid_without_moves_is_no_masked_gradient() -> None:
    """Else attacks that are judged after rounding are held against some that are not, and an honest model fails."""
    given = case(network(), eps=0.001, standing=True)
    assert sum(each.passed for each in sanity(replace(given, eight_bit=True))) == len(CHECKS)
    wide = replace(given, threat=ThreatModel(0.3))
    for eight_bit in (False, True):
        failed = [each.name for each in sanity(replace(wide, eight_bit=eight_bit)) if not each.passed]
        assert failed == ["attacks at their end", "black box"]


def test_without_reported_gradients_the_black_box_is_held_against_pgd() -> None:
    """Else it is held against nothing, and an honest model that only Square attacked has masked gradients."""
    given = case(network(), eps=0.3, standing=True)
    assert not black_box(given).passed
    assert black_box(replace(given, white=None)).passed


def test_what_a_reported_black_box_felled_does_not_hide_masked_gradients() -> None:
    """Else masked gradients pass, because Square is held against a worst case that holds Square's own finds."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        masked = Trick(lambda x: x)
        masked.inner = nn.Sequential(masked.inner, Ripples())
    settings = AttackSettings(("pgd-20", "square"), (Eps(16 / 255),), images=32)
    result = attack(masked, digits().test, settings, seed=0, reporter=Silent()).result
    by_gradients, by_logits = (row.count.correct for row in result.rows)
    assert by_logits < by_gradients - 5, "the case does not mask gradients"
    assert "reported black box" in {check.name for check in result.failed}
    (finding,) = (check.finding for check in result.checks if check.name == "black box")
    assert f"the attacks that know the gradients {by_gradients}" in finding


@pytest.mark.parametrize("attacks", [("square",), ("fgsm", "pgd-20", "square")])
def test_images_that_a_slow_attack_was_not_given_are_not_standing(attacks: tuple[str, ...]) -> None:
    """Else an honest model fails by the images that nobody tried to fell."""
    settings = AttackSettings(attacks, (Eps(0.1), Eps(0.05)), images=40, slow_images=4, slow_eps=(Eps(0.1),))
    result = attack(network(), digits().test, settings, seed=0, reporter=Silent()).result
    assert {check.name for check in result.checks} >= {"attacks at their end", "black box"}
    assert result.failed == ()
    seen = {check.name: check.finding for check in result.checks}
    assert f"of {result.rows[-1].count.total} images" in seen["gradients"], "the case has other images than were given"


def test_the_model_is_handed_back_as_it_came() -> None:
    """Else checking a model changes it."""
    model = Trick(lambda x: x).train()
    before = [module.training for module in model.modules()]
    sanity(case(model))
    assert [module.training for module in model.modules()] == before


class Listening(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


class Threes(nn.Module):
    """Takes every image for a three."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :10] * 0 + torch.eye(10)[3]


def test_no_checks_where_none_are_wanted_or_possible() -> None:
    """Else a quick look takes longer, or a model that has everything wrong passes for checked."""
    without = torch.tensor([place for place, label in enumerate(digits().test.labels) if label != 3])
    settings, reporter = AttackSettings(("fgsm",), (Eps(0.1),), images=20), Listening()
    images = Subset(digits().test, without)
    assert attack(Threes(), images, settings, seed=0, reporter=reporter).result.checks == ()
    assert "classified correctly" in "".join(reporter.said)
    quick = AttackSettings(("fgsm",), (Eps(0.1),), images=20, sanity=0)
    assert attack(network(), digits().test, quick, seed=0, reporter=Silent()).result.checks == ()


def test_the_checks_find_the_images_that_are_right() -> None:
    """Else a model that is wrong on the first images is not looked at."""
    labels = digits().test.labels
    wrong_first = torch.cat([(labels != 3).nonzero().flatten()[:20], (labels == 3).nonzero().flatten()[:5]])
    settings, reporter = AttackSettings(("fgsm",), (Eps(0.1),), sanity=4), Listening()
    found = attack(Threes(), Subset(digits().test, wrong_first), settings, seed=0, reporter=reporter).result
    assert "gradients" in {check.name for check in found.checks}
    assert not reporter.said
