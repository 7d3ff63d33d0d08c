"""The certificates under one norm, batch after batch."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean, median

from torch import nn

from dsrna.evaluation.certifiers import Batch, Findings
from dsrna.evaluation.certify_results import Certificates, CertifyRow, Times, Verdict
from dsrna.evaluation.counts import counted
from dsrna.evaluation.smoothing import ABSTAIN
from dsrna.runtime.memory import Halves
from dsrna.threat import Eps, Norm


@dataclass
class Proofs:
    """What ``certifier`` has certified under ``norm`` so far; ``max_eps``: it seeks radii up to this, None: any.

    ``halves``: how many images memory suffices for.
    """

    norm: Norm
    eps: tuple[Eps, ...]
    max_eps: Eps | None
    certifier: Callable[[nn.Module, Batch], Findings]
    halves: Halves
    verdicts: list[Verdict] = field(default_factory=list)
    _right: list[bool] = field(default_factory=list)
    _seconds: list[float] = field(default_factory=list)

    def face(self, model: nn.Module, batch: Batch) -> list[Verdict]:
        """Certify the next batch; return a verdict an image."""
        started = time.monotonic()
        parts = self.halves.over(len(batch.y), lambda rows: self.certifier(model, batch.part(rows)))
        found = Findings.joined(parts)
        verdicts = [_verdict(*image) for image in zip(*_listed(found), strict=True)]
        tried = int(found.tried.sum())
        self._seconds += [(time.monotonic() - started) / tried] * tried if tried else []
        self._right += (found.predicted == batch.y).tolist()
        self.verdicts += verdicts
        return verdicts

    def mean(self) -> float:
        return fmean(self._radii() or [0.0])

    def certificates(self) -> Certificates:
        """Sum up, at least one batch having been faced."""
        radii = self._radii()
        return Certificates(
            norm=self.norm,
            right=counted(self._right),
            rows=tuple(CertifyRow(eps, counted(hits)) for eps, hits in zip(self.eps, self._proven(), strict=True)),
            mean_radius=self.mean(),
            median_radius=median(radii or [0.0]),
            max_eps=self.max_eps,
            limited=sum(self.max_eps is not None and radius >= self.max_eps for radius in radii),
            abstained=sum(verdict.predicted is None for verdict in self.verdicts),
            seconds=Times(fmean(self._seconds or [0.0]), median(self._seconds or [0.0])),
        )

    def _radii(self) -> list[float]:
        return [verdict.radius for verdict, right in zip(self.verdicts, self._right, strict=True) if right]

    def _proven(self) -> list[tuple[bool, ...]]:
        """Whether each image is certified, a list an eps."""
        return list(zip(*(verdict.proven for verdict in self.verdicts), strict=True))


def _listed(found: Findings) -> tuple[list[int], list[float], list[list[bool]]]:
    return found.predicted.tolist(), found.radius.tolist(), found.proven.tolist()


def _verdict(predicted: int, radius: float, proven: list[bool]) -> Verdict:
    return Verdict(None if predicted == ABSTAIN else predicted, radius, tuple(proven))
