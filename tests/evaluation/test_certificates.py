"""Certificates: on a model where the radius is known, and against attacks."""

import math

import pytest
import torch
from evaluation_cases import digits, network
from torch import Tensor, nn

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.evaluation import AttackSettings, CertifyResult, CertifySettings, SmoothingSettings, attack, certify
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps, Norm

PIXELS = torch.tensor([[0.5, 0.5], [0.6, 0.5], [0.5, 0.7], [0.5, 0.45]]).view(4, 1, 1, 2)
IMAGES = TensorImages(PIXELS, torch.tensor([0, 1, 0, 0]))
LINF, L2 = Norm(math.inf), Norm(2.0)


def two_pixels() -> nn.Module:
    """Class 0 where the second pixel is the larger: the L-inf radius is half the pixels' difference."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    next(model.parameters()).data = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    return model


def result(model: nn.Module, settings: CertifySettings) -> CertifyResult:
    return certify(model, IMAGES, settings, reporter=Silent())[0]


def test_radii_of_a_linear_model() -> None:
    """Else the radius is in other units, over other images, or not the largest."""
    eps = (Eps(0.04), Eps(0.06), Eps(0.2))
    found = result(two_pixels(), CertifySettings(eps=eps, max_eps=Eps(0.5)))
    (linf,) = found.norms
    assert (found.clean.correct, found.clean.total, linf.right) == (3, 4, found.clean)
    assert [row.count.correct for row in linf.rows] == [2, 1, 0]
    assert linf.mean_radius == pytest.approx((0.0 + 0.05 + 0.1) / 3, rel=0.01)
    assert linf.median_radius == pytest.approx(0.05, rel=0.01)
    assert linf.seconds.mean > 0
    assert linf.seconds.median > 0


def test_each_norm_is_certified_at_its_own_radii() -> None:
    """Else several norms are one, or share the radii of the first."""
    settings = CertifySettings(norm=(LINF, L2), eps=(Eps(0.04),), l2_eps=(Eps(0.01), Eps(0.16)))
    linf, l2 = result(two_pixels(), settings).norms
    assert [row.eps for row in linf.rows] == [0.04]
    assert [row.eps for row in l2.rows] == [0.01, 0.16]
    assert l2.max_eps == pytest.approx(32 / 255 * math.sqrt(2))
    assert [row.count.correct for row in l2.rows] == [2, 0]


def test_a_limit_below_an_eps_is_raised_to_it_and_one_equal_to_it_holds() -> None:
    """Else an image is certified at an eps, and its radius said to be smaller."""
    for limit in (Eps(0.01), Eps(0.04)):
        (linf,) = result(two_pixels(), CertifySettings(eps=(Eps(0.04),), max_eps=limit)).norms
        assert linf.rows[0].count.correct == linf.limited == 2
        assert linf.max_eps == 0.04
        assert linf.median_radius == 0.04


def test_radius_and_certificates_agree_however_coarse_the_search() -> None:
    """Else an image is certified at an eps and has a smaller radius, for bisections end before they resolve it."""
    eps = (Eps(1e-7), Eps(2e-7), Eps(0.2))
    (linf,) = result(two_pixels(), CertifySettings(eps=eps, max_eps=Eps(1.0))).norms
    assert [row.count.correct for row in linf.rows] == [2, 2, 0]
    near = TensorImages(torch.tensor([[0.5, 0.5 + 5e-7]]).view(1, 1, 1, 2), torch.tensor([0]))
    found, _ = certify(two_pixels(), near, CertifySettings(eps=eps, max_eps=Eps(1.0)), reporter=Silent())
    assert [row.count.correct for row in found.norms[0].rows] == [1, 1, 0]
    assert 2e-7 <= found.norms[0].mean_radius < 5e-7


def test_every_image_is_told_of() -> None:
    """Else the file of single images is of other images, or disagrees with the counts."""
    settings = CertifySettings(eps=(Eps(0.04),), batch_size=3)
    found, images = certify(two_pixels(), IMAGES, settings, reporter=Silent())
    assert sorted(image.index for image in images) == [0, 1, 2, 3]
    by_index = {image.index: image for image in images}
    assert [by_index[index].label for index in range(4)] == [0, 1, 0, 0]
    assert [by_index[index].verdicts[0].predicted for index in range(4)] == [0, 1, 0, 1]
    assert [by_index[index].verdicts[0].proven for index in range(4)] == [(False,), (True,), (True,), (False,)]
    assert by_index[3].verdicts[0].radius == 0.0
    assert found.norms[0].rows[0].count.correct == sum(image.verdicts[0].proven[0] for image in images)


def test_without_a_right_image_there_is_no_radius() -> None:
    """Else a useless model ends in a division by zero instead of a result."""
    images = TensorImages(torch.tensor([[[[0.1, 0.9]]]]), torch.tensor([1]))
    found, _ = certify(two_pixels(), images, CertifySettings(), reporter=Silent())
    (linf,) = found.norms
    assert (found.clean.correct, linf.mean_radius, linf.median_radius, linf.seconds.mean) == (0, 0.0, 0.0, 0.0)


def test_no_attack_breaks_a_certificate() -> None:
    """Else what is called certified is not."""
    eps = (Eps(2 / 255), Eps(8 / 255))
    certified, _ = certify(network(), digits().test, CertifySettings(eps=eps, images=100), reporter=Silent())
    settings = AttackSettings(("pgd-20",), eps, images=100, sanity=0)
    attacked = attack(network(), digits().test, settings, seed=0, reporter=Silent()).result
    assert certified.clean == attacked.clean
    for proof, row in zip(certified.norms[0].rows, attacked.rows, strict=True):
        assert 0 < proof.count.correct <= row.count.correct


def test_smoothing_is_of_another_classifier_and_says_so() -> None:
    """Else a statistical statement on the smoothed classifier is given out as a proof of the network."""
    smoothing = SmoothingSettings(sigma=0.05, n0=20, n=500, alpha=0.01)
    settings = CertifySettings(method="smoothing", eps=(Eps(0.05), Eps(0.1), Eps(0.5)), smoothing=smoothing)
    found, images = certify(two_pixels(), IMAGES, settings, reporter=Silent())
    (l2,) = found.norms
    assert (found.guarantee, found.smoothing, l2.norm, l2.max_eps) == ("probabilistic", smoothing, 2.0, None)
    assert l2.abstained == sum(image.verdicts[0].predicted is None for image in images) == 1
    assert [row.count.correct for row in l2.rows] == [2, 1, 0]
    assert l2.right.correct == 2


def test_labels_beyond_the_classes_are_named() -> None:
    """Else images of another data set are all counted as wrong, in silence."""
    images = TensorImages(PIXELS, torch.tensor([0, 1, 0, 2]))
    with pytest.raises(UserError, match=r"labels must lie in 0\.\.1"):
        certify(two_pixels(), images, CertifySettings(), reporter=Silent())


def test_a_broken_model_is_named_before_it_is_certified() -> None:
    """Else a network with NaN weights has an accuracy."""
    model = two_pixels()
    next(model.parameters()).data.fill_(math.nan)
    with pytest.raises(UserError, match="logits are not finite"):
        certify(model, IMAGES, CertifySettings(), reporter=Silent())


def test_an_operation_without_a_rule_is_named() -> None:
    """Else a certificate rests on a guess."""

    class Sine(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1)[:, :10].sin()

    with pytest.raises(UserError, match="sin"):
        certify(Sine(), digits().test, CertifySettings(images=10), reporter=Silent())
