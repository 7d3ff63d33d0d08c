"""What a recipe says of certificates."""

import math
from dataclasses import dataclass, field
from typing import Final, Literal

from dsrna.bounds import METHODS
from dsrna.errors import UserError
from dsrna.evaluation.checks import check_counts, check_radii
from dsrna.evaluation.smoothing_settings import SMOOTHING, SmoothingSettings
from dsrna.registry import unknown
from dsrna.threat import Eps, Norm, check_eps, format_norm

Targets = Literal["all", "random", "runner-up"]
"""Which other classes the label is compared with."""

LINF: Final = Norm(math.inf)
L2: Final = Norm(2.0)


@dataclass(frozen=True)
class CertifySettings:
    """Prove at every ``eps`` that no image in the ball is taken for another class, and seek the largest such radius.

    ``method``: a bound of ``dsrna.bounds``, which proves, or ``smoothing``, which certifies another classifier, the
    smoothed one, under L2 and with a probability. ``norm``: one or several; None is L-inf, or L2 for smoothing.
    ``eps`` (pixel units) holds for every norm that has none of its own: ``l2_eps``, ``l1_eps``.
    ``max_eps``: the radius is sought up to this; it is a change of every pixel, so under L2 and L1 of n pixels up to
    ``sqrt(n)`` and ``n`` times this; in any case up to the largest eps.
    ``targets``: ``all`` other classes; ``random``, one drawn for each image, as CNN-Cert reports it (Boopathy et al.
    2019, arXiv 1811.12395, section 4); or the ``runner-up``. Only ``all`` is a certificate of the prediction.
    ``images``: certify so many test images, the same of every class in every run, and attacked too where as many are;
    None for all. ``memory``: the bounds may take so many MiB.
    """

    method: str = "crown-ibp"
    norm: tuple[Norm, ...] | None = None
    eps: tuple[Eps, ...] = (Eps(1 / 255), Eps(2 / 255))
    l2_eps: tuple[Eps, ...] | None = None
    l1_eps: tuple[Eps, ...] | None = None
    targets: Targets = "all"
    images: int | None = None
    batch_size: int = 64
    max_eps: Eps = Eps(32 / 255)
    memory: int = 1024
    smoothing: SmoothingSettings = field(default_factory=SmoothingSettings)

    def __post_init__(self) -> None:
        known = (*METHODS.names(), SMOOTHING)
        if self.method not in known:
            raise UserError(unknown("certificate method", "methods", self.method, known))
        self._check_norms()
        for norm in self.norms:
            check_radii(self.radii(norm), norm, self._name(norm))
        check_eps(self.max_eps)
        check_counts(images=self.images, batch_size=self.batch_size, memory=self.memory)

    @property
    def smoothed(self) -> bool:
        """Whether it is the smoothed classifier that is certified, with a probability, and not the network."""
        return self.method == SMOOTHING

    @property
    def norms(self) -> tuple[Norm, ...]:
        return self.norm if self.norm is not None else (L2 if self.smoothed else LINF,)

    def radii(self, norm: float) -> tuple[Eps, ...]:
        """Return the eps that hold for ``norm``."""
        own = {2.0: self.l2_eps, 1.0: self.l1_eps}.get(norm)
        return self.eps if own is None else own

    def reach(self, norm: float, pixels: int) -> Eps:
        """Return the radius up to which the largest is sought, for images of so many ``pixels`` times channels."""
        return Eps(max(self.max_eps * pixels ** (1 / norm), *self.radii(norm)))

    def _name(self, norm: float) -> str:
        """The field that ``radii`` of ``norm`` come from."""
        own = {2.0: ("l2_eps", self.l2_eps), 1.0: ("l1_eps", self.l1_eps)}.get(norm)
        return own[0] if own is not None and own[1] is not None else "eps"

    def _check_norms(self) -> None:
        if not self.norms or len(set(self.norms)) != len(self.norms):
            given = ", ".join(map(format_norm, self.norms)) or "none"
            raise UserError(f"norm must be different norms, one at least, not {given}")
        if self.smoothed and self.norms != (L2,):
            given = ", ".join(map(format_norm, self.norms))
            raise UserError(
                f"smoothing certifies under L2 alone, not under {given}; say --norm 2, or norm: [2] in a file"
            )
        if self.smoothed and self.targets != "all":
            raise UserError(f"smoothing certifies against all classes; targets cannot be {self.targets!r}")
