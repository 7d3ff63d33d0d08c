"""Writing down what a model does, call by call."""

from collections.abc import Mapping, Sequence
from inspect import currentframe
from types import CodeType
from typing import Any, Final

import torch
from torch import Tensor, nn

from dsrna.bounds.rules import RULES, Operation, Rule
from dsrna.bounds.tracing.fingerprint import fingerprint
from dsrna.bounds.tracing.nested import found, holds, mapped
from dsrna.bounds.tracing.tape import Node, Place, Tape, Value, name_of
from dsrna.bounds.tracing.traced import ABOUT_SHAPE, Traced, version
from dsrna.errors import UserError

_CALL: Final[CodeType] = nn.Module._call_impl.__code__  # noqa: SLF001 - the frame that every module's call goes through


class TapeRecorder:
    """Follows shapes and aliases, computes as little as it can, and writes down what the model computes.

    The contents of what is computed mean nothing: the stand-in for the input has none.
    """

    def __init__(self, model: nn.Module, like: Tensor) -> None:
        self.model = model
        self.like = like
        self.start = Value(like.shape)
        self.nodes: list[Node] = []
        self._constants: list[tuple[Tensor, int, Node]] = []
        self._known: dict[object, Node] = {}

    def call(self, operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if operation in ABOUT_SHAPE:
            return compute(operation, args, kwargs)
        rule = self._rule(operation)
        tensors = found(Tensor, (args, kwargs))
        traced = [self._fresh(tensor) for tensor in tensors if type(tensor) is Traced]
        constants = [(tensor, version(tensor)) for tensor in tensors if type(tensor) is not Traced]
        self._check_dependence(rule, operation, args, kwargs, len(traced))
        positional, named = mapped(Traced, value_of, (tuple(args), without_place(kwargs)))
        self._check_taken(rule, operation, positional, named)
        if rule.shape is None or writes(operation, kwargs):
            result: Tensor = compute(operation, args, kwargs)
        else:
            result = self._stand_in(rule, operation, positional, named)
        self._check_precision(operation, result, [traced[0].held, *(constant for constant, _ in constants)])
        node = self._written(rule, operation, positional, named, result.shape)
        self._constants.extend((constant, before, node) for constant, before in constants)
        return self._handed_back(node.result, result, traced)

    def finish(self, output: Any) -> Tape:
        """Return the tape of ``output``, once nothing has changed under it."""
        if not isinstance(output, Traced):
            kind = "a tensor that does not depend on it" if isinstance(output, Tensor) else type(output).__name__
            raise UserError(f"the model's output must be one tensor computed from its input, not {kind}")
        for constant, before, node in self._constants:
            if version(constant) != before:
                raise UserError(f"{node} uses a tensor that the model writes to in place; bounds need it unchanged")
        return Tape(tuple(self.nodes), self.start, self._fresh(output).value, self.like)

    def escaped(self, operation: object) -> UserError:
        return UserError(f"{operation} {self._where()} is called past torch's Python functions and cannot be bounded")

    def _rule(self, operation: Operation) -> Rule:
        rule = RULES.get(operation)
        if rule is None:
            raise UserError(
                f"no bound rule for {name_of(operation)} {self._where()}; "
                "register one with dsrna.bounds.rule (docs/explanation/bounds.md shows how)"
            )
        return rule

    def _check_dependence(
        self, rule: Rule, operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any], operands: int
    ) -> None:
        """Refuse an operand where the rule takes none; most calls have all ``operands`` among the first arguments."""
        if sum(type(argument) is Traced for argument in args[: rule.inputs]) == operands:
            return
        late = [(rule.parameter(index), args[index]) for index in range(rule.inputs, len(args))]
        for name, argument in [*late, *kwargs.items()]:
            if holds(Traced, argument) and name not in rule.dependent:
                raise UserError(f"{name_of(operation)} {self._where()}: its {name!r} must not depend on the input")

    def _check_taken(
        self, rule: Rule, operation: Operation, positional: Sequence[Any], named: Mapping[str, Any]
    ) -> None:
        """Refuse arguments that torch's function takes and the rule does not."""
        try:
            rule.signature.bind(*positional, **named)
        except TypeError as error:
            raise self._unfit(operation, error) from error

    def _unfit(self, operation: Operation, error: TypeError) -> UserError:
        return UserError(f"the bound rule of {name_of(operation)} {self._where()}: {error}")

    def _stand_in(
        self, rule: Rule, operation: Operation, positional: Sequence[Any], named: Mapping[str, Any]
    ) -> Tensor:
        """Return a tensor of the result's shape."""
        assert rule.shape is not None
        try:
            return self.like.new_empty(tuple(rule.shape(*positional, **named)))
        except TypeError as error:
            raise self._unfit(operation, error) from error

    def _fresh(self, traced: Traced) -> Traced:
        if traced.stale():
            raise UserError(
                f"a tensor used {self._where()} was changed by an in-place operation on an alias of it; "
                "use the operation that is not in place"
            )
        return traced

    def _check_precision(self, operation: Operation, result: Tensor, operands: Sequence[Tensor]) -> None:
        kind = operands[0].dtype
        other = [each.dtype for each in operands if each.dtype is not kind and each.is_floating_point() and each.dim()]
        for dtype in [*other, result.dtype]:
            if dtype is not kind:
                raise UserError(
                    f"{name_of(operation)} {self._where()} turns {kind} into {dtype}; a bound keeps one precision"
                )

    def _written(
        self,
        rule: Rule,
        operation: Operation,
        positional: tuple[Any, ...],
        named: dict[str, Any],
        shape: torch.Size,
    ) -> Node:
        """Write a node, or find the one that computes the same of the same."""
        mark = fingerprint((rule, positional, named))
        node = None if mark is None else self._known.get(mark)
        if node is None:
            node = Node(operation, rule, positional, named, Value(shape), Place(self.model, innermost()))
            self.nodes.append(node)
            if mark is not None:
                self._known[mark] = node
        return node

    def _handed_back(self, value: Value, result: Tensor, traced: Sequence[Traced]) -> Traced:
        for operand in traced:
            if operand.held is result:
                operand.become(value, result)
                return operand
        return Traced(self, value, result)

    def _where(self) -> str:
        return Place(self.model, innermost()).sentence()


@torch.no_grad()
def compute(operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    return operation(*mapped(Traced, held, list(args)), **mapped(Traced, held, kwargs))


def writes(operation: Operation, kwargs: Mapping[str, Any]) -> bool:
    """Tell whether an operation writes into a tensor that was there before."""
    name = getattr(operation, "__name__", "")
    return (name.endswith("_") and not name.endswith("__")) or bool(kwargs.get("inplace")) or "out" in kwargs


def without_place(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Where a result is stored is the tape's concern, not the rule's."""
    return {key: argument for key, argument in kwargs.items() if key != "inplace"}


def held(traced: Traced) -> Tensor:
    return traced.held


def value_of(traced: Traced) -> Value:
    return traced.value


def innermost() -> nn.Module | None:
    """The innermost module that is running. Read off the stack, so that no model gets a hook."""
    frame = currentframe()
    while frame is not None and frame.f_code is not _CALL:
        frame = frame.f_back
    return None if frame is None else frame.f_locals["self"]
