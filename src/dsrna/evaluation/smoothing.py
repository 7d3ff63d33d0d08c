"""Randomised smoothing: a probabilistic L2 certificate, and not of the network but of its smoothed classifier.

The mathematics, and what it does not say, is in docs/explanation/smoothing.md.
"""

import hashlib
from typing import Any, Final

import torch
from jaxtyping import Float, Float64, Int64
from scipy import special
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.smoothing_settings import SMOOTHING, SmoothingSettings
from dsrna.registry import Registry
from dsrna.runtime import seeds
from dsrna.runtime.modes import evaluating

ABSTAIN: Final = -1
"""In place of a class: the samples do not tell."""

CERTIFICATES: Final[Registry[Any]] = Registry("certificate")
"""What certifies without being a bound of the network."""

Images = Float[Tensor, "batch channels height width"]
Image = Float[Tensor, "channels height width"]


@CERTIFICATES.register(
    SMOOTHING,
    summary="randomised smoothing: probabilistic, L2, of the smoothed classifier and not of the network",
    source="Cohen, Rosenfeld, Kolter 2019, arXiv 1902.02918, Algorithm 1",
)
def smoothed_certificate(
    model: nn.Module, x: Images, settings: SmoothingSettings | None = None, *, seed: int = 0
) -> tuple[Int64[Tensor, "batch"], Float64[Tensor, "batch"]]:
    """Return the smoothed classifier's class of each image, and an L2 radius (pixel units) within which it stays.

    CERTIFY of Cohen et al. 2019, Algorithm 1. The class is ``ABSTAIN`` and the radius 0 where the samples do not
    tell. For each image by itself the claim is wrong with probability ``alpha`` at most; it says nothing of ``model``
    without noise. Noise is added to pixels and not clipped to [0, 1]; an image's noise depends on ``seed`` and on the
    bytes of that image alone. The model is looked at in eval mode. ``UserError`` for pixels outside [0, 1] and for
    logits that are not finite.
    """
    settings = settings or SmoothingSettings()
    _check_images(x)
    with evaluating(model):
        found = [_certify(_Sampler(model, image, settings, seed)) for image in x]
    classes, radii = zip(*found, strict=True)
    return torch.tensor(classes, device=x.device), torch.tensor(radii, dtype=torch.float64, device=x.device)


def smoothed_prediction(
    model: nn.Module, x: Images, settings: SmoothingSettings | None = None, *, seed: int = 0
) -> Int64[Tensor, "batch"]:
    """Return the smoothed classifier's class of each image by ``n`` samples, ``ABSTAIN`` where they do not tell.

    PREDICT of Cohen et al. 2019, Algorithm 1: a class that is returned is another than the smoothed classifier's with
    probability ``alpha`` at most. Errors and noise are those of ``smoothed_certificate``.
    """
    settings = settings or SmoothingSettings()
    _check_images(x)
    with evaluating(model):
        found = [_predict(_Sampler(model, image, settings, seed)) for image in x]
    return torch.tensor(found, device=x.device)


def lower_confidence_bound(successes: int, trials: int, alpha: float) -> float:
    """Return a lower bound of a probability that is wrong with probability ``alpha`` at most.

    Clopper and Pearson 1934, one-sided: the ``alpha`` quantile of Beta(successes, trials - successes + 1).
    """
    return float(special.betaincinv(successes, trials - successes + 1, alpha)) if successes else 0.0


def _certify(sampler: "_Sampler") -> tuple[int, float]:
    settings = sampler.settings
    guess = int(sampler.counts(settings.n0).argmax())
    hits = int(sampler.counts(settings.n)[guess])
    probability = lower_confidence_bound(hits, settings.n, settings.alpha)
    return (guess, settings.sigma * float(special.ndtri(probability))) if probability > 0.5 else (ABSTAIN, 0.0)


def _predict(sampler: "_Sampler") -> int:
    counts, classes = sampler.counts(sampler.settings.n).sort(descending=True)
    first, second = int(counts[0]), int(counts[1:2].sum())
    one_sided = float(special.bdtrc(first - 1, first + second, 0.5))
    return int(classes[0]) if 2 * one_sided <= sampler.settings.alpha else ABSTAIN


class _Sampler:
    """Draws noisy copies of one image, and counts what the model takes them for. No draw is used twice."""

    def __init__(self, model: nn.Module, image: Image, settings: SmoothingSettings, seed: int) -> None:
        digest = hashlib.sha256(image.detach().cpu().contiguous().numpy().tobytes()).hexdigest()
        self.settings = settings
        self._model = model
        self._image = image
        self._generator = seeds.generator(seed, SMOOTHING, digest, device=image.device)

    @torch.no_grad()
    def counts(self, samples: int) -> Int64[Tensor, "classes"]:
        sizes = [min(self.settings.batch_size, samples - done) for done in range(0, samples, self.settings.batch_size)]
        return torch.stack([self._count(size) for size in sizes]).sum(dim=0)

    def _count(self, size: int) -> Int64[Tensor, "classes"]:
        image = self._image
        noise = torch.randn((size, *image.shape), generator=self._generator, device=image.device, dtype=image.dtype)
        logits: Tensor = self._model(image + self.settings.sigma * noise)
        if not logits.isfinite().all():
            raise UserError("the model's logits are not finite under noise; it was not trained well, or is damaged")
        return logits.argmax(dim=1).bincount(minlength=logits.shape[1])


def _check_images(x: Images) -> None:
    if not len(x):
        raise UserError("smoothing needs at least one image")
    if not bool(((x >= 0) & (x <= 1)).all()):  # so that NaN is out of range
        raise UserError(f"pixels must lie in [0, 1] and be numbers, not {x.min():g}..{x.max():g}")
