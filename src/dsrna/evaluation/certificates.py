"""Certified accuracy and certified radii, under each norm."""

import math
import time
from functools import partial
from statistics import fmean

import torch
from torch import Tensor, nn

from dsrna.bounds import traces_kept
from dsrna.data import Images, Subset, batches
from dsrna.errors import UserError
from dsrna.evaluation.certifiers import Batch, by_bounds, by_smoothing
from dsrna.evaluation.certify_results import CertifyResult, ImageCertificate
from dsrna.evaluation.certify_settings import CertifySettings
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.counts import counted
from dsrna.evaluation.engine import Question
from dsrna.evaluation.predictions import logits
from dsrna.evaluation.proofs import Proofs
from dsrna.evaluation.targets import chosen_targets
from dsrna.runtime.memory import Halves
from dsrna.runtime.modes import evaluating
from dsrna.runtime.progress import Reporter
from dsrna.threat import Norm


def certify(
    model: nn.Module, images: Images, settings: CertifySettings, *, reporter: Reporter
) -> tuple[CertifyResult, tuple[ImageCertificate, ...]]:
    """Certify the chosen ``images``, which lie on the model's device, at every eps, and find their radii.

    Bounds prove: an image counts at an eps if it is classified rightly and the bound of every margin, computed at that
    very eps in float64 with room for rounding, is positive. An operation without a rule raises ``UserError``.
    Where memory does not suffice for a batch, its halves are certified. Smoothing certifies the smoothed classifier,
    with a probability (``smoothed_certificate``).
    """
    started = time.monotonic()
    right: list[bool] = []
    order = chosen(images.labels, settings.images)
    halves = Halves(reporter.say)
    proofs = [_proofs(settings, norm, math.prod(images.shape), halves) for norm in settings.norms]
    found: list[ImageCertificate] = []
    with reporter.stage("certify", total=len(order), unit="images") as stage, evaluating(model), traces_kept():
        for x, y in batches(Subset(images, order), settings.batch_size):
            said = torch.cat(halves.over(len(x), partial(_said, model, x)))
            batch = _batch(said, x, y, order[len(right) : len(right) + len(y)], settings)
            right += batch.right.tolist()
            verdicts = zip(*(proof.face(model, batch) for proof in proofs), strict=True)
            found += map(ImageCertificate, *_described(batch), verdicts)
            stage.step(len(y), radius=fmean(proof.mean() for proof in proofs))
    result = CertifyResult(
        guarantee="probabilistic" if settings.smoothed else "deterministic",
        method=settings.method,
        targets=settings.targets,
        clean=counted(right),
        norms=tuple(proof.certificates() for proof in proofs),
        smoothing=settings.smoothing if settings.smoothed else None,
        seconds=time.monotonic() - started,
    )
    return result, tuple(found)


def _proofs(settings: CertifySettings, norm: Norm, pixels: int, halves: Halves) -> Proofs:
    eps = settings.radii(norm)
    if settings.smoothed:
        return Proofs(norm, eps, None, partial(by_smoothing, eps=eps, settings=settings.smoothing), halves)
    question, reach = Question(norm, settings.method, settings.memory), settings.reach(norm, pixels)
    return Proofs(norm, eps, reach, partial(by_bounds, eps=eps, question=question, max_eps=reach), halves)


def _said(model: nn.Module, x: Tensor, part: slice) -> Tensor:
    return logits(model, x[part])


def _batch(said: Tensor, x: Tensor, y: Tensor, indices: Tensor, settings: CertifySettings) -> Batch:
    if y.min() < 0 or y.max() >= said.shape[1]:
        raise UserError(f"labels must lie in 0..{said.shape[1] - 1}, the model's classes, not {y.min()}..{y.max()}")
    return Batch(x, y, indices, said, chosen_targets(said, y, indices, settings.targets))


def _described(batch: Batch) -> tuple[list[int], list[int], list[int] | list[None]]:
    """Place, label and target of each image."""
    targets = [None] * len(batch.y) if batch.targets is None else batch.targets.tolist()
    return batch.indices.tolist(), batch.y.tolist(), targets
