"""Certificates: on a model where the radius is known, and against attacks."""

import pytest
import torch
from evaluation_cases import digits, network
from torch import Tensor, nn

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.evaluation import AttackSettings, CertifySettings, attack, certify
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps


def two_pixels() -> nn.Module:
    """Class 0 where the second pixel is the larger: the L-inf radius is half the pixels' difference."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    next(model.parameters()).data = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    return model


def test_radii_of_a_linear_model() -> None:
    """Else the radius is in other units, over other images, or not the largest."""
    pixels = torch.tensor([[0.5, 0.5], [0.6, 0.5], [0.5, 0.7], [0.5, 0.45]]).view(4, 1, 1, 2)
    images = TensorImages(pixels, torch.tensor([0, 1, 0, 0]))
    eps = (Eps(0.04), Eps(0.06), Eps(0.2))
    result = certify(two_pixels(), images, CertifySettings(eps=eps, max_eps=Eps(0.5)), reporter=Silent())
    assert (result.clean.correct, result.clean.total) == (3, 4)
    assert [row.count.correct for row in result.rows] == [2, 1, 0]
    assert result.mean_radius == pytest.approx((0.0 + 0.05 + 0.1) / 3, abs=1e-5)
    assert result.median_radius == pytest.approx(0.05, abs=1e-5)


def test_without_a_right_image_there_is_no_radius() -> None:
    """Else a useless model ends in a division by zero instead of a result."""
    images = TensorImages(torch.tensor([[[[0.1, 0.9]]]]), torch.tensor([1]))
    result = certify(two_pixels(), images, CertifySettings(), reporter=Silent())
    assert (result.clean.correct, result.mean_radius, result.median_radius) == (0, 0.0, 0.0)


def test_no_attack_breaks_a_certificate() -> None:
    """Else what is called certified is not."""
    eps = (Eps(2 / 255), Eps(8 / 255))
    certified = certify(network(), digits().test, CertifySettings(eps=eps, images=100), reporter=Silent())
    attacked, _ = attack(
        network(), digits().test, AttackSettings(("pgd-20",), eps, images=100), seed=0, reporter=Silent()
    )
    assert certified.clean == attacked.clean
    for proof, row in zip(certified.rows, attacked.rows, strict=True):
        assert 0 < proof.count.correct <= row.count.correct


def test_an_operation_without_a_rule_is_named() -> None:
    """Else a certificate rests on a guess."""

    class Sine(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1)[:, :10].sin()

    with pytest.raises(UserError, match="sin"):
        certify(Sine(), digits().test, CertifySettings(images=10), reporter=Silent())
