"""What a recipe says of evaluation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dsrna.bounds import METHODS
from dsrna.errors import UserError
from dsrna.evaluation.attacks import ATTACKS
from dsrna.threat import Eps, Norm, check_eps, check_norm


@dataclass(frozen=True)
class AttackSettings:
    """Every attack of ``attacks`` is run at every ``eps`` (pixel units).

    ``images``: judge so many test images, the same stratified choice in every run; None for all. ``slow_images``:
    give slow attacks (AutoAttack) only so many of those; None for all of them. ``slow_eps``: run slow attacks at
    these of ``eps`` only; None for all.
    """

    attacks: tuple[str, ...] = ("fgsm", "pgd-20")
    eps: tuple[Eps, ...] = (Eps(2 / 255), Eps(8 / 255))
    norm: Norm = Norm(math.inf)
    images: int | None = None
    slow_images: int | None = None
    slow_eps: tuple[Eps, ...] | None = None
    batch_size: int = 256

    def __post_init__(self) -> None:
        if not self.attacks or len(set(self.attacks)) != len(self.attacks):
            raise UserError(f"attacks must be different, one at least, not {', '.join(self.attacks) or 'none'}")
        for name in self.attacks:
            ATTACKS.record(name)
        _check_radii(self.eps, self.norm)
        if self.slow_eps is not None and not set() < set(self.slow_eps) <= set(self.eps):
            raise UserError("slow_eps must be some of eps, one at least, or none for all")
        _check_counts(images=self.images, slow_images=self.slow_images, batch_size=self.batch_size)


@dataclass(frozen=True)
class CertifySettings:
    """The bound of ``method`` is evaluated at every ``eps``, and its radius sought up to ``max_eps`` (pixel units).

    ``images``: certify so many test images, the first of those that are attacked; None for all.
    """

    method: str = "interval"
    norm: Norm = Norm(math.inf)
    eps: tuple[Eps, ...] = (Eps(1 / 255), Eps(2 / 255))
    images: int | None = None
    batch_size: int = 64
    max_eps: Eps = Eps(32 / 255)

    def __post_init__(self) -> None:
        METHODS.record(self.method)
        _check_radii(self.eps, self.norm)
        check_eps(self.max_eps, self.norm)
        _check_counts(images=self.images, batch_size=self.batch_size)


def _check_radii(eps: Sequence[float], norm: float) -> None:
    check_norm(norm)
    if not eps or len(set(eps)) != len(eps):
        raise UserError(f"eps must be different radii, one at least, not {', '.join(f'{e:g}' for e in eps) or 'none'}")
    for radius in eps:
        check_eps(radius, norm)


def _check_counts(**counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and count < 1:
            raise UserError(f"{name} must be at least 1, not {count}")
