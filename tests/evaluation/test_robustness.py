"""Accuracy under attack: what is counted, of what, and what is shown."""

import math
from dataclasses import replace

import pytest
import torch
from evaluation_cases import digits, network
from torch import Tensor, nn

from dsrna.evaluation import Attacked, AttackSettings, Count, attack
from dsrna.evaluation.attacks import autoattack, fgsm
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.results import Check
from dsrna.evaluation.robustness import _worst
from dsrna.evaluation.sanity import Case
from dsrna.evaluation.trial import Trial
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps, Norm, ThreatModel, inside

EPS = (Eps(0.2), Eps(0.05), Eps(0.1))
SETTINGS = AttackSettings(("fgsm", "pgd-10"), EPS, images=120, batch_size=50, sanity=0)


def attacked(model: nn.Module, settings: AttackSettings = SETTINGS) -> Attacked:
    return attack(model, digits().test, settings, seed=0, reporter=Silent())


def test_rows_are_every_attack_at_every_eps() -> None:
    """Else a robustness curve has holes, or its points are mixed up."""
    result = attacked(network()).result
    assert [(row.attack, row.eps) for row in result.rows] == [(name, eps) for name in SETTINGS.attacks for eps in EPS]
    assert all(row.count.total == result.clean.total == 120 for row in result.rows)
    assert all(row.count.correct <= result.clean.correct for row in result.rows)


def test_the_worst_case_falls_with_eps_and_below_every_attack() -> None:
    """Else the headline number is one that some attack has already disproved."""
    result = attacked(network()).result
    worst = {row.eps: row.count.correct for row in result.worst}
    assert worst[EPS[1]] >= worst[EPS[2]] >= worst[EPS[0]]
    assert all(worst[row.eps] <= row.count.correct for row in result.rows)
    assert worst[EPS[0]] < worst[EPS[1]], "the case is too easy to show anything"


def test_what_falls_at_a_small_eps_has_fallen_at_a_larger_one() -> None:
    """Else a weak run at the larger eps makes the worst case rise with eps."""
    trials = [
        Trial("fgsm", fgsm, Eps(0.1), Norm(math.inf), images=3, seed=0, standing=[True, False, True]),
        Trial("fgsm", fgsm, Eps(0.2), Norm(math.inf), images=3, seed=0, standing=[True, True, True]),
        Trial("autoattack", autoattack, Eps(0.1), Norm(math.inf), images=2, seed=0, standing=[True, True]),
        Trial("autoattack", autoattack, Eps(0.2), Norm(math.inf), images=2, seed=0, standing=[False, True]),
    ]
    assert _worst(trials, 0.1).count == Count(1, 2)
    assert _worst(trials, 0.2).count == Count(0, 2)


def test_the_batch_size_changes_nothing() -> None:
    """Else two machines with different memory report different numbers."""
    small = AttackSettings(("fgsm", "pgd-10"), EPS, images=120, batch_size=7, sanity=0)
    first, second = attacked(network()).result, attacked(network(), small).result
    assert [row.count for row in first.rows] == [row.count for row in second.rows]


def test_slow_attacks_see_fewer_images_and_the_worst_case_only_those() -> None:
    """Else AutoAttack takes the night, or the worst case counts images that it never saw as standing."""
    settings = AttackSettings(("fgsm", "autoattack"), (Eps(0.5),), images=40, slow_images=6, batch_size=4, sanity=0)
    result = attacked(network(), settings).result
    assert [row.count.total for row in result.rows] == [40, 6]
    assert result.worst[0].count.total == 6


def test_misclassified_images_are_fallen_and_not_attacked() -> None:
    """Else attacks are credited with the model's own mistakes, and time is lost on them."""
    seen: list[int] = []

    class Constant(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(len(x))
            return x.flatten(1)[:, :10] * 0 + torch.eye(10)[3]

    result, examples, _ = attacked(Constant(), AttackSettings(("fgsm",), (Eps(0.1),), batch_size=1000, sanity=0))
    threes = int((digits().test.labels == 3).sum())
    assert result.clean.correct == result.rows[0].count.correct == threes
    assert set(seen) == {len(digits().test), threes, 1}
    assert len(examples.labels) == 0


def test_examples_are_what_they_are_said_to_be() -> None:
    """Else the report shows images that fool nobody, or under a wrong name."""
    examples = attacked(network()).examples
    assert (examples.attack, examples.eps, len(examples.labels)) == ("pgd-10", EPS[0], 8)
    assert torch.equal(predictions(network(), examples.adversarial), examples.predicted)
    assert (examples.predicted != examples.labels).all()
    assert torch.equal(predictions(network(), examples.original), examples.labels)
    assert inside(examples.adversarial, examples.original, ThreatModel(0.2)).all()


def test_examples_know_which_test_images_they_are_of() -> None:
    """Else nobody can find the image behind an adversarial one."""
    examples = attacked(network(), replace(SETTINGS, examples=None)).examples
    assert torch.equal(digits().test.read(examples.indices), examples.original)
    assert torch.equal(digits().test.labels[examples.indices], examples.labels)


def test_all_that_the_last_attack_felled_can_be_had() -> None:
    """Else the adversarial images behind a number are lost, but for a handful."""
    result, examples, fates = attacked(network(), replace(SETTINGS, examples=None))
    place = next(place for place, row in enumerate(result.rows) if (row.attack, row.eps) == ("pgd-10", EPS[0]))
    felled = [fate.label for fate in fates if fate.right and not fate.standing[place]]
    assert examples.labels.tolist() == felled
    assert len(felled) > 50, "they fit into one batch"
    nth = [felled[:place].count(label) for place, label in enumerate(felled)]
    first = sorted(range(len(felled)), key=lambda place: (nth[place], place))[:14]
    for size in (7, 120):
        few = attacked(network(), replace(SETTINGS, examples=14, batch_size=size)).examples
        assert few.indices.tolist() == examples.indices[first].tolist(), "of all classes in turn, however faced"


def test_the_checks_see_all_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else of files that lie class by class one class is checked, and the others may mislead."""
    seen: list[int] = []

    def noted(case: Case) -> tuple[Check, ...]:
        seen.extend(case.y.tolist())
        return ()

    monkeypatch.setattr("dsrna.evaluation.checking.sanity", noted)
    attacked(network(), replace(SETTINGS, sanity=10))
    assert sorted(seen) == list(range(10))


def test_the_images_are_the_chosen_ones() -> None:
    """Else clean accuracy and robust accuracy are about different images."""
    result = attacked(network()).result
    order = chosen(digits().test.labels, 120)
    right = predictions(network(), digits().test.read(order)) == digits().test.labels[order]
    assert result.clean.correct == int(right.sum())
