"""What a model did to its input, in order: plain data, walked by every method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import resolve_name

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations import Constant, Relaxation
from dsrna.bounds.rules import Operation, Rule, UnsupportedError
from dsrna.bounds.tracing.nested import found, holds, mapped
from dsrna.errors import UserError

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor that depends on the input, known by its identity alone."""

    shape: torch.Size


@dataclass(frozen=True, eq=False)
class Place:
    """Where in a model something happened: in the forward of ``module``, None for outside of any."""

    root: nn.Module
    module: nn.Module | None

    def __str__(self) -> str:
        """The dotted path of the module; it takes a walk through the model, so only errors ask for it."""
        return next((name for name, module in self.root.named_modules() if module is self.module), "")

    def sentence(self) -> str:
        return f"in module {path!r}" if (path := str(self)) else "in the model's own forward"


@dataclass(frozen=True, eq=False)
class Node:
    """One operation: its rule, its arguments with a ``Value`` for what depends on the input, its result.

    Every other tensor among the arguments is the live one, with its autograd history.
    """

    operation: Operation
    rule: Rule
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Value
    place: Place | None

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

    def with_constants(self, kind: type[T], function: Callable[[T], Any]) -> "Node":
        """The same node with ``function`` applied to every ``kind`` among its arguments."""
        if not holds(kind, (self.args, self.kwargs)):
            return self
        args, kwargs = mapped(kind, function, (self.args, self.kwargs))
        return replace(self, args=args, kwargs=kwargs)

    def __str__(self) -> str:
        return f"{name_of(self.operation)} {self.place.sentence()}" if self.place else name_of(self.operation)


@dataclass(frozen=True, eq=False)
class Tape:
    """The nodes from ``start`` to ``output``. ``like`` has the input's shape, type and device, and no contents."""

    nodes: tuple[Node, ...]
    start: Value
    output: Value
    like: Tensor

    def propagate(
        self, box: Interval, *, rounding: float = 0.0, known: Mapping[Value, Interval] | None = None
    ) -> dict[Value, Interval]:
        """Carry an interval of the input through every node; ``rounding`` widens it, and the result of each.

        ``known``: intervals that hold beside those.
        """
        intervals, known = {self.start: box.widened(rounding) if rounding else box}, known or {}
        for node in self.nodes:
            result = node.interval(intervals.__getitem__)
            result = result.met(known[node.result]) if node.result in known else result
            intervals[node.result] = result.widened(rounding) if rounding else result
        return intervals

    def with_constants(self, kind: type[T], function: Callable[[T], Any]) -> "Tape":
        """The same tape with ``function`` applied to every ``kind`` among the arguments of its nodes."""
        return replace(self, nodes=tuple(node.with_constants(kind, function) for node in self.nodes))

    def detached(self) -> "Tape":
        """The same tape, cut off from the history of its constants."""
        return self.with_constants(Tensor, Tensor.detach)


def shape_of(value: Value) -> torch.Size:
    return value.shape


def name_of(operation: Any) -> str:
    return str(resolve_name(operation) or getattr(operation, "__name__", type(operation).__name__))
