"""What a model did to its input, in order: plain data, walked by every method."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.overrides import resolve_name

from dsrna.bounds.interval import Interval
from dsrna.bounds.nested import found, mapped
from dsrna.bounds.relaxations import Constant, Relaxation
from dsrna.bounds.rules import Operation, Rule, UnsupportedError
from dsrna.errors import UserError


@dataclass(frozen=True)
class Value:
    """A tensor that depends on the input: 0 is the input itself, i the result of the i-th node."""

    index: int


@dataclass(frozen=True, eq=False)
class Node:
    """One operation: its rule, its arguments with a ``Value`` for what depends on the input, its result's shape.

    Every other tensor among the arguments is the live one, with its autograd history. ``place`` is the dotted path of
    the module it happened in.
    """

    operation: Operation
    rule: Rule
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    shape: torch.Size
    place: str

    @cached_property
    def operands(self) -> tuple[Value, ...]:
        """The values among the arguments, from left to right, each as often as it stands there."""
        return tuple(found(Value, [self.args, self.kwargs]))

    def applied(self, function: Callable[..., Any], known: Callable[[Value], Any]) -> Any:
        """Call ``function`` with the arguments, values as ``known``; a use without a bound is a ``UserError``."""
        args, kwargs = mapped(Value, known, (self.args, self.kwargs))
        try:
            return function(*args, **kwargs)
        except UnsupportedError as error:
            raise UserError(f"{self} {error}") from error

    def interval(self, known: Callable[[Value], Interval]) -> Interval:
        """The interval of the result."""
        result: Interval = self.applied(self.rule.interval, known)
        return result

    def relaxation(self, known: Callable[[Value], Interval]) -> Relaxation:
        """Linear bounds of the operation, constant ones where its rule has no others."""
        if self.rule.relaxation is None:
            return Constant(self.interval(known), [known(value) for value in self.operands])
        relaxation: Relaxation = self.applied(self.rule.relaxation, known)
        return relaxation

    def __str__(self) -> str:
        return f"{name_of(self.operation)} {where(self.place)}"


@dataclass(frozen=True, eq=False)
class Tape:
    """The nodes up to the output, which is the last one's result, and the shape, type and device of the input."""

    nodes: tuple[Node, ...]
    start: Tensor

    @property
    def output(self) -> Value:
        return Value(len(self.nodes))

    def shape(self, value: Value) -> torch.Size:
        return self.nodes[value.index - 1].shape if value.index else self.start.shape

    def propagate(self, box: Interval, *, rounding: float = 0.0) -> list[Interval]:
        """Carry an interval of the input through every node; ``rounding`` widens it, and the result of each."""
        intervals = [box.widened(rounding) if rounding else box]
        for node in self.nodes:
            result = node.interval(lambda value: intervals[value.index])
            intervals.append(result.widened(rounding) if rounding else result)
        return intervals

    def detached(self) -> "Tape":
        """The same tape, cut off from the history of its constants."""
        return Tape(tuple(map(_detached, self.nodes)), self.start)


def _detached(node: Node) -> Node:
    args, kwargs = mapped(Tensor, Tensor.detach, (node.args, node.kwargs))
    return Node(node.operation, node.rule, args, kwargs, node.shape, node.place)


def name_of(operation: Any) -> str:
    return str(resolve_name(operation) or getattr(operation, "__name__", type(operation).__name__))


def where(place: str) -> str:
    return f"in module {place!r}" if place else "in the model's own forward"


def consumers(nodes: Sequence[Node]) -> dict[Value, int]:
    """How often each value is used."""
    counts: dict[Value, int] = {}
    for node in nodes:
        for value in node.operands:
            counts[value] = counts.get(value, 0) + 1
    return counts
