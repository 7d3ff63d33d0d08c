"""What a model did to its input, in order: plain data, walked by every method."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import BoundArguments
from typing import Any

from torch import Tensor
from torch.overrides import resolve_name

from dsrna.bounds.interval import Interval
from dsrna.bounds.nested import mapped
from dsrna.bounds.rules import Operation, Rule, UnsupportedError
from dsrna.errors import UserError


@dataclass(frozen=True)
class Value:
    """A tensor that depends on the input: 0 is the input itself, i the result of the i-th node."""

    index: int


@dataclass(frozen=True, eq=False)
class Node:
    """One operation: its rule, and its arguments with a ``Value`` for what depends on the input.

    Every other tensor among the arguments is the live one, with its autograd history. ``place`` is the dotted path of
    the module it happened in.
    """

    operation: Operation
    rule: Rule
    arguments: BoundArguments
    place: str

    def interval(self, known: Callable[[Value], Interval]) -> Interval:
        """The interval of the result; a use that cannot be bounded is a ``UserError`` that names it."""
        args, kwargs = mapped(Value, known, (self.arguments.args, self.arguments.kwargs))
        try:
            return self.rule.interval(*args, **kwargs)
        except UnsupportedError as error:
            raise UserError(f"{self} {error}") from error

    def __str__(self) -> str:
        return f"{name_of(self.operation)} {where(self.place)}"


@dataclass(frozen=True, eq=False)
class Tape:
    """The nodes up to the output, which is the last one's result, and the output for the input itself."""

    nodes: tuple[Node, ...]
    clean: Tensor

    @property
    def output(self) -> Value:
        return Value(len(self.nodes))

    def propagate(self, box: Interval, *, rounding: float = 0.0) -> Interval:
        """Carry an interval of the input through every node; ``rounding`` widens it, and the result of each."""
        intervals = [box.widened(rounding) if rounding else box]
        for node in self.nodes:
            result = node.interval(lambda value: intervals[value.index])
            intervals.append(result.widened(rounding) if rounding else result)
        return intervals[-1]


def name_of(operation: Any) -> str:
    return str(resolve_name(operation) or getattr(operation, "__name__", type(operation).__name__))


def where(place: str) -> str:
    return f"in module {place!r}" if place else "in the model's own forward"
