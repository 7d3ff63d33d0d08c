"""Certified accuracy and certified radii, through ``dsrna.bounds``."""

import time
from functools import partial
from statistics import fmean, median

from torch import nn

from dsrna.bounds import certified_radius
from dsrna.data import Images, Subset, batches
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.counts import counted
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.results import CertifyResult, CertifyRow
from dsrna.evaluation.settings import CertifySettings
from dsrna.runtime.modes import evaluating
from dsrna.runtime.progress import Reporter


def certify(model: nn.Module, images: Images, settings: CertifySettings, *, reporter: Reporter) -> CertifyResult:
    """Certify the chosen ``images``, which lie on the model's device, at every eps, and find their radii.

    An image counts at an eps if it is classified rightly and the bound of every margin, computed at that very eps in
    float64 with room for rounding, is positive. An operation without a rule raises ``UserError``.
    """
    started = time.monotonic()
    right: list[bool] = []
    radii: list[float] = []
    proven: dict[float, list[bool]] = {eps: [] for eps in settings.eps}
    radius = partial(certified_radius, model, norm=settings.norm, method=settings.method)
    order = chosen(images.labels, settings.images)
    with reporter.stage("certify", total=len(order), unit="images") as stage, evaluating(model):
        for x, y in batches(Subset(images, order), settings.batch_size):
            correct = predictions(model, x) == y
            right += correct.tolist()
            radii += radius(x, y, max_eps=settings.max_eps)[correct].tolist()
            for eps in settings.eps:
                # Without bisection the radius is eps itself where the bound at eps is positive, else 0.
                proven[eps] += (correct & (radius(x, y, max_eps=eps, steps=0) >= eps)).tolist()
            stage.step(len(y), radius=fmean(radii or [0.0]))
    return CertifyResult(
        method=settings.method,
        norm=settings.norm,
        clean=counted(right),
        rows=tuple(CertifyRow(eps, counted(proven[eps])) for eps in settings.eps),
        mean_radius=fmean(radii or [0.0]),
        median_radius=median(radii or [0.0]),
        seconds=time.monotonic() - started,
    )
