"""Randomised smoothing, held against a classifier whose smoothed radius is known in closed form."""

import math
from dataclasses import replace

import pytest
import torch
from evaluation_cases import Linear
from scipy.stats import binom, norm
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation import (
    ABSTAIN,
    SmoothingSettings,
    lower_confidence_bound,
    smoothed_certificate,
    smoothed_prediction,
)

SETTINGS = SmoothingSettings(sigma=0.25, n0=50, n=4000, alpha=0.01, batch_size=1000)
WEIGHTS = torch.tensor([1.0, -2.0, 0.5, -0.25])


def line(bias: float = 0.0) -> Linear:
    """Its smoothed classifier gives class 1 the probability ``Phi(margin / (sigma |w|))``."""
    return Linear(WEIGHTS, bias)


def images(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 1, 2, 2, generator=torch.Generator().manual_seed(seed))


def true_radius(x: Tensor, bias: float) -> Tensor:
    """The distance to the plane: ``sigma Phi^-1(p)`` (Cohen et al. 2019, appendix B)."""
    margin: Tensor = x.flatten(1).double() @ WEIGHTS.double() + bias
    distance: Tensor = margin.abs() / torch.linalg.vector_norm(WEIGHTS.double())
    return distance


def test_the_radius_of_a_linear_classifier_is_not_exceeded_and_nearly_reached() -> None:
    """Else a certified radius is larger than the true one more often than allowed, or in other units, or useless."""
    x, bias = images(60), 0.3
    predicted, radius = smoothed_certificate(line(bias), x, SETTINGS)
    truth = true_radius(x, bias)
    assert binom.sf(int((radius > truth).sum()) - 1, len(x), SETTINGS.alpha) > 1e-4
    told = predicted != ABSTAIN
    assert torch.equal(predicted[told], line(bias)(x).argmax(dim=1)[told])
    near = told & (truth > 0.1) & (truth < 0.4)
    assert near.sum() >= 10
    assert (radius[near] > 0.7 * truth[near]).all()


def test_the_radius_is_that_of_the_counts() -> None:
    """Else the formula is not Algorithm 1's: with every sample of one class only sigma, n and alpha count."""
    _, radius = smoothed_certificate(line(100.0), images(1), SETTINGS)
    assert radius.item() == pytest.approx(0.25 * norm.ppf(0.01 ** (1 / 4000)))
    _, twice = smoothed_certificate(line(1000.0), images(1), replace(SETTINGS, sigma=0.5))
    assert twice.item() == pytest.approx(2 * radius.item())


def test_on_the_boundary_it_abstains() -> None:
    """Else a class is claimed for an image that lies between two."""
    x = torch.full((1, 1, 2, 2), 0.5)
    bias = -float(x.flatten() @ WEIGHTS)
    predicted, radius = smoothed_certificate(line(bias), x, SETTINGS)
    assert (predicted.item(), radius.item()) == (ABSTAIN, 0.0)
    assert smoothed_prediction(line(bias), x, replace(SETTINGS, alpha=1e-6)).item() == ABSTAIN


def test_predictions_are_the_smoothed_classifiers() -> None:
    """Else PREDICT names a class that the vote does not support."""
    x, bias = images(40), 0.3
    predicted = smoothed_prediction(line(bias), x, SETTINGS)
    told = predicted != ABSTAIN
    assert told.sum() > 30
    assert torch.equal(predicted[told], line(bias)(x).argmax(dim=1)[told])


@pytest.mark.parametrize("probability", [0.5, 0.9, 0.999])
@pytest.mark.parametrize("alpha", [0.001, 0.05])
def test_the_confidence_bound_covers(probability: float, alpha: float) -> None:
    """Else certificates are wrong more often than their confidence level says, or far too careful."""
    trials = 500
    wrong = sum(
        float(binom.pmf(hits, trials, probability))
        for hits in range(trials + 1)
        if lower_confidence_bound(hits, trials, alpha) > probability
    )
    assert wrong <= alpha * (1 + 1e-9)
    assert lower_confidence_bound(round(trials * probability), trials, alpha) > probability - 5 / math.sqrt(trials)


def test_the_confidence_bound_covers_drawn_samples() -> None:
    """Else the bound holds on paper and not for samples."""
    probability, trials, alpha, runs = 0.8, 200, 0.05, 4000
    hits = torch.rand(runs, trials, generator=torch.Generator().manual_seed(0)).lt(probability).sum(dim=1)
    wrong = sum(lower_confidence_bound(int(count), trials, alpha) > probability for count in hits)
    assert 0 < wrong < runs * alpha + 4 * math.sqrt(runs * alpha * (1 - alpha))


def test_no_hit_gives_no_probability() -> None:
    """Else the edge of the formula is NaN, and a NaN radius compares as nothing."""
    assert lower_confidence_bound(0, 10, 0.01) == 0.0
    assert 0 < lower_confidence_bound(10, 10, 0.01) < 1


def test_an_image_does_not_depend_on_its_batch() -> None:
    """Else a certificate changes with the images beside it."""
    x = images(5)
    predicted, radius = smoothed_certificate(line(0.3), x, SETTINGS)
    alone, its_radius = smoothed_certificate(line(0.3), x[3:4], SETTINGS)
    assert (alone[0], its_radius[0]) == (predicted[3], radius[3])
    _, other = smoothed_certificate(line(0.3), x, SETTINGS, seed=1)
    assert not torch.equal(other, radius)


def test_noise_leaves_the_pixel_range() -> None:
    """Else noise is clipped, and the certificate is not of the classifier that the theorem speaks of."""

    class Watching(nn.Module):
        lowest = 0.0

        def forward(self, x: Tensor) -> Tensor:
            self.lowest = min(self.lowest, float(x.min()))
            return torch.stack([x.flatten(1).sum(1), torch.zeros(len(x))], dim=1)

    model = Watching()
    smoothed_certificate(model, torch.zeros(1, 1, 2, 2), SETTINGS)
    assert model.lowest < -0.5


def test_the_model_is_looked_at_in_eval_mode() -> None:
    """Else dropout or batch statistics are certified, or the caller's model comes back changed."""
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.99), line(5.0)).train()
    predicted, _ = smoothed_certificate(model, images(3), SETTINGS)
    assert predicted.tolist() == [1, 1, 1]
    assert model.training


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.full((1, 1, 2, 2), math.nan), "pixels must lie in"),
        (torch.full((1, 1, 2, 2), 1.5), "pixels must lie in"),
        (torch.zeros(0, 1, 2, 2), "at least one image"),
    ],
)
def test_bad_images_are_named(x: Tensor, message: str) -> None:
    """Else a certificate is computed for what is no image."""
    with pytest.raises(UserError, match=message):
        smoothed_certificate(line(), x, SETTINGS)


def test_a_broken_model_is_named() -> None:
    """Else NaN logits are counted as votes for the first class."""
    with pytest.raises(UserError, match="not finite under noise"):
        smoothed_certificate(line(math.nan), images(1), SETTINGS)
