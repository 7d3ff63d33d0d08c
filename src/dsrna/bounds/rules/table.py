"""The table of rules, and how an operation gets into it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import Signature, signature
from typing import Any, Final, Protocol, TypeVar, cast, runtime_checkable

import torch
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations import Relaxation

Operation = Callable[..., Any]
"""A torch function as ``__torch_function__`` names it: ``torch.relu``, ``Tensor.relu`` and ``F.relu`` are three."""

IntervalRule = Callable[..., Interval]
TransposeRule = Callable[..., Sequence[Tensor]]
"""``(adjoint, *arguments)``, with a ``torch.Size`` for what depends on the input, to one adjoint for each of those."""

OffsetRule = Callable[..., Tensor | None]
"""The constant part, in a shape that broadcasts to the result's."""

RelaxationRule = Callable[..., Relaxation]
DerivativeRule = Callable[..., Tensor]
"""``(adjoint, *arguments)``, with the value at hand for what depends on the input, to the adjoint of that."""

ShapeRule = Callable[..., Sequence[int]]
R = TypeVar("R", bound=IntervalRule)


@runtime_checkable
class Shaped(Protocol):
    """A tensor of which nothing but the shape need be known."""

    @property
    def shape(self) -> torch.Size: ...


class UnsupportedError(Exception):
    """This use of an operation cannot be bounded. The text goes on from "OPERATION at PLACE"."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Rule:
    """How a bound passes one operation. Every function takes the arguments of the torch function.

    ``interval`` takes an ``Interval`` for what depends on the input; it alone is needed. Only the first ``inputs``
    parameters may depend on it.

    ``affine``: the operation is, in all that depends on the input together. Then ``transpose`` pulls linear functionals
    back, by autograd if there is none, and ``offset`` is the constant part, found at zero if there is none.
    Otherwise ``relaxation`` takes the intervals and returns linear bounds, constant ones if there is none, and
    ``derivative`` pulls functionals back to first order, by autograd if there is none.

    ``shape`` takes something ``Shaped`` for what depends on the input and returns the result's shape, for a tape that
    need not compute. ``batched`` is the least number of dimensions with which the operation keeps examples, dimension
    0, apart, None where that must be tried.
    """

    interval: IntervalRule
    inputs: int = 1
    affine: bool = False
    transpose: TransposeRule | None = None
    offset: OffsetRule | None = None
    relaxation: RelaxationRule | None = None
    derivative: DerivativeRule | None = None
    shape: ShapeRule | None = None
    batched: int | None = None

    @cached_property
    def dependent(self) -> frozenset[str]:
        """The names of the parameters that may depend on the input."""
        return frozenset(self.parameters[: self.inputs])

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.signature.parameters)

    @cached_property
    def signature(self) -> Signature:
        return signature(self.interval)

    def parameter(self, index: int) -> str:
        """The name of the parameter that takes the argument at ``index``."""
        return self.parameters[min(index, len(self.parameters) - 1)]


RULES: Final[dict[Operation, Rule]] = {}


def rule(*operations: Operation, **how: Any) -> Callable[[R], R]:
    """Return a decorator that makes a function the interval rule of ``operations``; ``how`` is the rest of ``Rule``.

    A second rule for an operation is a ``ValueError``.
    """

    def decorator(interval: R) -> R:
        made = Rule(interval=interval, **how)
        for operation in dict.fromkeys(operations):  # two names can be one function
            if operation in RULES:
                raise ValueError(f"{operation} has a rule already")
            RULES[operation] = made
        return interval

    return decorator


def same_shape(x: Shaped, *_: Any, **__: Any) -> torch.Size:
    """The shape rule of an elementwise operation."""
    return x.shape


def broadcast_shape(x: Any, y: Any, **_: Any) -> torch.Size:
    """The shape rule of arithmetic between two tensors, or a tensor and a number."""
    shapes: set[torch.Size] = {term.shape for term in (x, y) if not isinstance(term, int | float) and term.shape}
    if len(shapes) == 1:
        return shapes.pop()
    return cast("torch.Size", torch.broadcast_shapes(*shapes))  # type: ignore[no-untyped-call]


def no_offset(*_: Any, **__: Any) -> None:
    """The offset rule of a linear operation."""
