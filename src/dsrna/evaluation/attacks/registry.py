"""The attacks by name."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, runtime_checkable

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.registry import Registry


@runtime_checkable
class AttackFunction(Protocol):
    """The model, images in [0, 1] and labels, to adversarial images inside the ball and inside [0, 1].

    ``eps`` is in pixel units. Where the attack draws random numbers, one image's draws depend on ``seed`` and on
    that image, not on the rest of the batch. No seed is seed 0: the same call gives the same images.
    """

    def __call__(
        self,
        model: nn.Module,
        x: Float[Tensor, "batch channels height width"],
        y: Int64[Tensor, "batch"],
        *,
        eps: float,
        norm: float,
        seed: int | None = None,
    ) -> Float[Tensor, "batch channels height width"]: ...


@dataclass(frozen=True)
class Attack:
    """A registered attack, and the norms that it knows.

    A ``slow`` one may be given fewer images than the others (``AttackSettings``). A ``black_box`` one asks for
    logits only, and is held against those that know the gradients. One that ``transfers`` is to be run on another
    model, the source, and what it finds there is tried on this one (``transferred``).
    """

    run: AttackFunction
    slow: bool
    norms: tuple[float, ...]
    black_box: bool = False
    transfers: bool = False


F = TypeVar("F", bound=AttackFunction)

ATTACKS: Final[Registry[Attack]] = Registry("attack")

ALL_NORMS: Final = (math.inf, 2.0, 1.0)


def attack(
    name: str,
    *,
    summary: str,
    source: str,
    slow: bool = False,
    norms: tuple[float, ...] = ALL_NORMS,
    black_box: bool = False,
    transfers: bool = False,
) -> Callable[[F], F]:
    """Return a decorator that registers an attack and leaves the function as it is."""

    def decorator(function: F) -> F:
        ATTACKS.register(name, summary=summary, source=source)(Attack(function, slow, norms, black_box, transfers))
        return function

    return decorator
