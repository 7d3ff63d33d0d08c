"""Common corruptions: what each does, and what is counted. What they promise alike is tried with all that is listed."""

import pytest
import torch
from evaluation_cases import digits, network

from dsrna.errors import UserError
from dsrna.evaluation import CORRUPTIONS, AttackSettings, attack
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.predictions import predictions
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps


def test_noise_has_the_stated_spread() -> None:
    """Else the severities are not the published ones."""
    x = torch.full((2, 3, 40, 40), 0.5)
    x[1] += 1e-3
    change = CORRUPTIONS["gaussian-noise"](x, severity=3, seed=0) - x
    assert change.std().item() == pytest.approx(0.08, rel=0.05)
    assert not torch.equal(change[0], change[1])
    large = CORRUPTIONS["gaussian-noise"](torch.full((1, 3, 64, 64), 0.5), severity=1, seed=0) - 0.5
    assert large.std().item() == pytest.approx(0.08, rel=0.05)


def test_blur_spreads_a_point_by_its_kernel() -> None:
    """Else the blur is of another width, or darkens the image."""
    x = torch.zeros(1, 1, 11, 11)
    x[0, 0, 5, 5] = 1.0
    found = CORRUPTIONS["gaussian-blur"](x, severity=5, seed=0)[0, 0]
    assert found.sum().item() == pytest.approx(1.0, abs=1e-5)
    assert (found[5, 6] / found[5, 5]).item() == pytest.approx(torch.tensor(-0.5).exp().item(), rel=1e-5)
    assert torch.allclose(found, found.T)
    flat = torch.full((1, 1, 5, 5), 0.3)
    assert torch.allclose(CORRUPTIONS["gaussian-blur"](flat, severity=5, seed=0), flat)


def test_brightness_keeps_the_colour() -> None:
    """Else brightness also fades, or a black pixel turns to NaN."""
    x = torch.tensor([[0.4, 0.0, 0.9], [0.2, 0.0, 0.9], [0.1, 0.0, 0.0]]).view(1, 3, 1, 3)
    found = CORRUPTIONS["brightness"](x, severity=4, seed=0).view(3, 3)
    assert torch.allclose(found[:, 0], torch.tensor([0.6, 0.3, 0.15]))
    assert torch.allclose(found[:, 1], torch.full((3,), 0.2))
    assert torch.allclose(found[:, 2], torch.tensor([1.0, 1.0, 0.0]))


def test_contrast_keeps_the_mean_of_each_channel() -> None:
    """Else contrast changes the brightness too."""
    x = torch.tensor([[0.2, 0.6], [0.0, 1.0]]).view(1, 2, 1, 2)
    found = CORRUPTIONS["contrast"](x, severity=2, seed=0).view(2, 2)
    assert torch.allclose(found, torch.tensor([[0.3, 0.5], [0.25, 0.75]]))


def test_pixels_grow() -> None:
    """Else pixelate blurs, or shifts the image."""
    x = torch.zeros(1, 1, 64, 64)
    x[:, :, :2, :2] = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    found = CORRUPTIONS["pixelate"](x, severity=2, seed=0)
    assert torch.equal(found[0, 0, :2, :2], torch.full((2, 2), 0.5))
    assert found[0, 0, 2:].abs().max() == 0


def test_the_mildest_pixelation_merges_few() -> None:
    """Else the severities of small images stand on their heads: 30 of 32 rows are left, so 28 are as they were."""
    x = torch.rand(1, 1, 32, 1, generator=torch.Generator().manual_seed(0)).expand(1, 1, 32, 32)
    found = CORRUPTIONS["pixelate"](x, severity=1, seed=0)
    assert int(torch.isclose(found, x).all(dim=3).sum()) == 28


def test_an_unknown_severity_is_named() -> None:
    """Else severity 0 is taken for the last one."""
    with pytest.raises(UserError, match="one of 1 to 5, not 0"):
        CORRUPTIONS["contrast"](torch.rand(1, 1, 4, 4), severity=0, seed=0)
    with pytest.raises(UserError, match="unknown corruption 'contrasts'; did you mean 'contrast'"):
        AttackSettings(corruptions=("contrasts",))
    with pytest.raises(UserError, match="corruptions must be different, not contrast, contrast"):
        AttackSettings(corruptions=("contrast", "contrast"))


def test_accuracy_is_counted_a_corruption_and_a_severity() -> None:
    """Else the table is of other images, or of the clean ones."""
    names = ("contrast", "gaussian-noise")
    settings = AttackSettings(("fgsm",), (Eps(0.1),), images=60, sanity=0, batch_size=25, corruptions=names)
    rows = attack(network(), digits().test, settings, seed=0, reporter=Silent()).result.corruptions
    assert [(row.corruption, row.severity) for row in rows] == [(name, k) for name in names for k in range(1, 6)]
    order = chosen(digits().test.labels, 60)
    x = CORRUPTIONS["contrast"](digits().test.read(order), severity=5, seed=0)
    right = predictions(network(), x) == digits().test.labels[order]
    assert (rows[4].count.correct, rows[4].count.total) == (int(right.sum()), 60)
    assert rows[4].count.correct < rows[0].count.correct, "the case is too easy to show anything"
