"""The threat model: how far, in which norm, a pixel vector may be moved. Pixel units, images in [0, 1]."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NewType

from dsrna.errors import UserError, shown
from dsrna.runtime import serialise

Eps = NewType("Eps", float)
"""A radius in pixel units; in files and on the command line ``8/255`` or ``0.03``."""

Norm = NewType("Norm", float)
"""1, 2 or infinity; in files and on the command line ``1``, ``2`` or ``inf``."""

NORMS: Final = {"inf": math.inf, "2": 2.0, "1": 1.0}


@dataclass(frozen=True)
class ThreatModel:
    """The ball ``{x' in [0, 1]^n : ||x' - x||_norm <= eps}``, eps in pixel units."""

    eps: float
    norm: float = math.inf

    def __post_init__(self) -> None:
        check_norm(self.norm)
        check_eps(self.eps, self.norm)


def dual(norm: float) -> float:
    """Return q with 1/norm + 1/q = 1 for a norm of 1, 2 or infinity."""
    return {math.inf: 1.0, 2.0: 2.0, 1.0: math.inf}[check_norm(norm)]


def check_norm(norm: float) -> float:
    if norm not in NORMS.values():
        raise UserError(f"norm must be 1, 2 or inf, not {norm!r}")
    return norm


def check_eps(eps: float, norm: float = math.inf) -> float:
    """Return ``eps`` if it is a radius in pixel units, else raise ``UserError``.

    Under L-inf it must lie in [0, 1]; an L1 or L2 ball may be larger than one pixel's range.
    """
    if not math.isfinite(eps) or eps < 0:
        raise UserError(f"eps must be a finite number that is not negative, not {eps:g}")
    if norm == math.inf and eps > 1:
        raise UserError(f"eps is in pixel units, images in [0, 1]: {eps:g} is too large; did you mean {eps:g}/255?")
    return eps


def parse_eps(text: str) -> Eps:
    """Read ``8/255``, ``0.5/255`` or ``0.03``. Anything else raises ``UserError``; the range is for ``check_eps``."""
    number = text.strip().replace(" ", "")
    over, stroke, under = (number if _QUICKLY_READ.fullmatch(number) else "").partition("/")
    try:
        return Eps(float(Fraction(over) / int(under if stroke else 1)))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise UserError(f"eps must be a number or a fraction like 8/255, not {shown(text)}") from None


_QUICKLY_READ: Final = re.compile(r"[^eE]{1,100}([eE][-+]?\d{1,3})?")
"""A fraction is exact: an exponent of nine digits would fill the memory with zeros."""


def format_eps(eps: float) -> str:
    """Write eps as k/255, k/510 or a decimal, whichever is shortest of those that ``parse_eps`` reads back exactly."""
    forms = [f"{eps:g}", repr(float(eps)), *(f"{round(eps * scale)}/{scale}" for scale in (255, 510))]
    return min((form for form in forms if parse_eps(form) == eps), key=len)


def parse_norm(text: str) -> Norm:
    name = text.strip().lower().removeprefix("l").removeprefix("-")
    if name not in NORMS:
        raise UserError(f"norm must be 1, 2 or inf, not {shown(text)}")
    return Norm(NORMS[name])


def format_norm(norm: float) -> str:
    return next(name for name, value in NORMS.items() if value == norm)


serialise.register(Eps, parse_eps, format_eps)
serialise.register(Norm, parse_norm, format_norm)
