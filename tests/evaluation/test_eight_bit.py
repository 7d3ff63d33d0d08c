"""Adversarial images of 8 bits: on the grid, in the ball, as near to what was found as that allows."""

import math

import pytest
import torch
from evaluation_cases import Linear, digits, network
from torch import Tensor

from dsrna.data import TensorImages
from dsrna.evaluation import AttackSettings, attack
from dsrna.evaluation.eight_bit import EightBits, rounded
from dsrna.evaluation.predictions import predictions
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps, Norm, ThreatModel, distance, project

BALLS = (
    ThreatModel(1 / 255),
    ThreatModel(8 / 255),
    ThreatModel(0.03),
    ThreatModel(0.4, 2.0),
    ThreatModel(3.0, 1.0),
)


def levels(images: Tensor) -> Tensor:
    """What a file of 8 bits holds."""
    return (images * 255).round().to(torch.uint8)


def problem(threat: ThreatModel, *, eight_bit: bool) -> tuple[Tensor, Tensor]:
    """Images, of 8 bits or not, and points on the edge of their balls."""
    draw = torch.Generator().manual_seed(0)
    x = torch.rand(20, 1, 5, 5, generator=draw)
    x = levels(x).float() / 255 if eight_bit else x
    return x, project(x + torch.randn(x.shape, generator=draw), x, threat)


@pytest.mark.parametrize("threat", BALLS, ids=str)
def test_images_of_8_bits_have_neighbours_of_8_bits(threat: ThreatModel) -> None:
    """Else the image that is saved is another than the one judged, or lies outside the ball."""
    x, found = problem(threat, eight_bit=True)
    image, there = rounded(found, x, threat)
    assert there.all()
    assert torch.equal(levels(image).float() / 255, image)
    exact = distance(levels(image).double() / 255, levels(x).double() / 255, threat.norm)
    assert (exact <= threat.eps * (1 + 1e-9)).all()


@pytest.mark.parametrize("threat", BALLS[:2], ids=str)
def test_whole_levels_lose_nothing(threat: ThreatModel) -> None:
    """Else eps 1/255 leaves an attacker without a move, by the rounding of float32 alone."""
    x = torch.arange(256, dtype=torch.float32).view(1, 1, 16, 16) / 255
    step = round(threat.eps * 255)
    image, there = rounded(project(x + 1, x, threat), x, threat)
    assert there.all()
    assert torch.equal(levels(image).int(), (levels(x).int() + step).clamp(max=255))


def test_a_part_of_a_level_is_given_to_the_nearest() -> None:
    """Else small changes vanish, where the ball has room for the nearest level."""
    x = torch.full((1, 1, 1, 4), 100 / 255)
    found = x + torch.tensor([0.6, -0.6, 0.4, 3.0]) / 255
    image, _ = rounded(found, x, ThreatModel(8 / 255))
    assert levels(image).flatten().tolist() == [101, 99, 100, 103]
    tight, _ = rounded(found, x, ThreatModel(float(distance(found, x, 2.0)), 2.0))
    assert levels(tight).flatten().tolist() == [100, 100, 100, 103]


def test_a_ball_between_two_levels_holds_none() -> None:
    """Else an image outside the ball is counted against the model."""
    x = torch.full((2, 1, 1, 1), 100.5 / 255)
    x[1] = 100 / 255
    image, there = rounded(x + 0.3 / 255, x, ThreatModel(0.4 / 255))
    assert there.tolist() == [False, True]
    assert torch.equal(image, x)


def test_what_rounding_loses_counts_as_standing() -> None:
    """Else the accuracy is one that no file of 8 bits can show."""
    model = Linear(torch.tensor([1.0, 0.0, 0.0, 0.0]), -100.7 / 255)
    pixels = torch.full((2, 1, 2, 2), 102, dtype=torch.uint8)
    pixels[0] = 101
    images = TensorImages(pixels, torch.tensor([1, 1]))
    found = {}
    for eight_bit in (False, True):
        settings = AttackSettings(("fgsm",), (Eps(0.5 / 255),), eight_bit=eight_bit, sanity=0)
        found[eight_bit] = attack(model, images, settings, seed=0, reporter=Silent()).result
    assert [found[key].rows[0].count.correct for key in (False, True)] == [1, 2]
    assert found[True].eight_bit
    assert not found[False].eight_bit


@pytest.mark.parametrize("norm", [math.inf, 2.0])
def test_examples_are_adversarial_as_files(norm: float) -> None:
    """Else the images that are shown and saved fool nobody once they are opened again."""
    eps = 0.1 if norm == math.inf else 1.0
    settings = AttackSettings(("pgd-10",), (Eps(eps),), Norm(norm), images=60, eight_bit=True, sanity=0)
    _, examples, _ = attack(network(), digits().test, settings, seed=0, reporter=Silent())
    opened = levels(examples.adversarial).float() / 255
    assert len(opened) == 8
    assert torch.equal(opened, examples.adversarial)
    assert (predictions(network(), opened) != examples.labels).all()
    assert (distance(opened, examples.original, norm) <= eps + 1e-6).all()


@pytest.mark.parametrize(("name", "eps", "norm"), [("pgd-100", 16 / 255, math.inf), ("ddn", 0.5, 2.0)])
def test_rounding_costs_an_attack_little(name: str, eps: float, norm: float) -> None:
    """Else rounding passes for robustness: what these attacks find lies just over the boundary."""
    stand = {}
    for eight_bit in (False, True):
        settings = AttackSettings((name,), (Eps(eps),), Norm(norm), images=100, eight_bit=eight_bit, sanity=0)
        found = attack(network(), digits().test, settings, seed=0, reporter=Silent()).result
        stand[eight_bit] = found.rows[0].count.correct
    assert stand[False] <= stand[True] <= stand[False] + 3


def test_an_attack_through_the_rounding_sees_what_a_file_holds_and_still_has_a_gradient() -> None:
    """Else it is an attack on another image than the one judged, or one that stays where it is."""
    model = EightBits(Linear(torch.tensor([1.0, -2.0, 0.5, -0.25]), 0.0))
    x = torch.full((1, 1, 2, 2), 100.4 / 255, requires_grad=True)
    logits = model(x)
    torch.testing.assert_close(logits, model.model(torch.full((1, 1, 2, 2), 100 / 255)))
    (gradient,) = torch.autograd.grad(logits[0, 1], x)
    assert gradient.flatten().tolist() == [1.0, -2.0, 0.5, -0.25]
