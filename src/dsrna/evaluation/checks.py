"""What settings of evaluation can get wrong, said in one line each."""

from collections.abc import Sequence

from dsrna.errors import UserError
from dsrna.threat import check_eps, check_norm


def check_radii(eps: Sequence[float], norm: float, name: str = "eps") -> None:
    check_norm(norm)
    if not eps or len(set(eps)) != len(eps):
        given = ", ".join(f"{radius:g}" for radius in eps) or "none"
        raise UserError(f"{name} must be different radii, one at least, not {given}")
    for radius in eps:
        check_eps(radius, norm)


def check_counts(**counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and count < 1:
            raise UserError(f"{name} must be at least 1, not {count}")
