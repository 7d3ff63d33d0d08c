"""The table of rules, and how an operation gets into it."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Signature, signature
from typing import Any, Final, TypeVar

from dsrna.bounds.interval import Interval

Operation = Callable[..., Any]
"""A torch function as ``__torch_function__`` names it: ``torch.relu``, ``Tensor.relu`` and ``F.relu`` are three."""

IntervalRule = Callable[..., Interval]
R = TypeVar("R", bound=IntervalRule)


class UnsupportedError(Exception):
    """This use of an operation cannot be bounded. The text goes on from "OPERATION at PLACE"."""


@dataclass(frozen=True)
class Rule:
    """How a bound passes one operation.

    ``interval`` takes the arguments of the torch function, with an ``Interval`` for what depends on the input. Only the
    first ``inputs`` of its parameters may depend on it.
    """

    interval: IntervalRule
    inputs: int
    signature: Signature

    def constants(self) -> list[str]:
        """The names of the parameters that must not depend on the input."""
        return list(self.signature.parameters)[self.inputs :]


RULES: Final[dict[Operation, Rule]] = {}


def rule(*operations: Operation, inputs: int = 1) -> Callable[[R], R]:
    """Return a decorator that makes a function the rule of ``operations``. A second rule is a ``ValueError``."""

    def decorator(interval: R) -> R:
        for operation in dict.fromkeys(operations):  # two names can be one function
            if operation in RULES:
                raise ValueError(f"{operation} has a rule already")
            RULES[operation] = Rule(interval, inputs, signature(interval))
        return interval

    return decorator
