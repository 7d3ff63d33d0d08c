"""Running a model once to learn what it does to its input."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import currentframe
from types import CodeType
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from dsrna.bounds.fingerprint import fingerprint
from dsrna.bounds.nested import found, holds, mapped
from dsrna.bounds.rules import RULES, Operation, Rule
from dsrna.bounds.simplify import simplified
from dsrna.bounds.tape import Node, Place, Tape, Value, name_of
from dsrna.bounds.traced import Traced, version
from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating

ABOUT_SHAPE: Final[frozenset[Operation]] = frozenset(
    {
        *(Tensor.size, Tensor.dim, Tensor.numel, torch.numel, Tensor.__len__, Tensor.stride, Tensor.is_contiguous),
        *(Tensor.is_floating_point, torch.is_floating_point),
        *(torch.zeros_like, torch.ones_like, Tensor.new_zeros, Tensor.new_ones, Tensor.new_full),
        *(getattr(Tensor, name).__get__ for name in ("shape", "ndim", "dtype", "device", "requires_grad", "is_cuda")),
    }
)
"""Functions whose result does not depend on the values in a tensor: it is no part of the tape."""

_CALL: Final[CodeType] = nn.Module._call_impl.__code__  # noqa: SLF001 - the frame that every module's call goes through


def trace(model: nn.Module, x: Float[Tensor, "batch *shape"], tensors: Mapping[str, Tensor] | None = None) -> Tape:
    """Run ``model`` once, in evaluation mode, on a stand-in for ``x`` and return what it did, up to its output.

    ``tensors``, if given, take the places of parameters and buffers. ``UserError`` for an operation without a rule,
    for an alias or a constant that changed during the run, and for an output that is not one tensor that depends on
    the input.
    """
    with evaluating(model), recording():
        recorder = TapeRecorder(model, torch.empty_like(x, memory_format=torch.contiguous_format).detach())
        start = Traced(recorder, recorder.start, recorder.like)
        return recorder.finish(model(start) if tensors is None else functional_call(model, dict(tensors), (start,)))


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
        tensors = found(Tensor, [args, kwargs])
        traced = [self._fresh(tensor) for tensor in tensors if isinstance(tensor, Traced)]
        constants = [tensor for tensor in tensors if not isinstance(tensor, Traced)]
        self._check_dependence(rule, operation, args, kwargs)
        versions = [version(constant) for constant in constants]  # as they were before, for it may write to one
        result = self._result(rule, operation, args, kwargs)
        self._check_precision(operation, result, [traced[0].held, *constants])
        node = self._written(rule, operation, args, kwargs, result.shape)
        self._constants.extend((constant, before, node) for constant, before in zip(constants, versions, strict=True))
        return self._handed_back(node.result, result, traced)

    def finish(self, output: Any) -> Tape:
        """Return the tape of ``output``, once nothing has changed under it."""
        if not isinstance(output, Traced):
            kind = "a tensor that does not depend on it" if isinstance(output, Tensor) else type(output).__name__
            raise UserError(f"the model's output must be one tensor computed from its input, not {kind}")
        for constant, before, node in self._constants:
            if version(constant) != before:
                raise UserError(f"{node} uses a tensor that the model writes to in place; bounds need it unchanged")
        return simplified(Tape(tuple(self.nodes), self.start, self._fresh(output).value, self.like))

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
        self, rule: Rule, operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        late = [(rule.parameter(index), args[index]) for index in range(rule.inputs, len(args))]
        for name, argument in [*late, *kwargs.items()]:
            if holds(Traced, argument) and name not in rule.dependent:
                raise UserError(f"{name_of(operation)} {self._where()}: its {name!r} must not depend on the input")

    def _result(self, rule: Rule, operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Tensor:
        """Return a tensor of the result's shape that is an alias of what the result is an alias of."""
        if rule.shape is None or writes(operation, kwargs):
            result: Tensor = compute(operation, args, kwargs)
            return result
        positional, named = mapped(Traced, held, (tuple(args), without_place(kwargs)))
        try:
            return self.like.new_empty(tuple(rule.shape(*positional, **named)))
        except TypeError as error:
            raise UserError(f"the bound rule of {name_of(operation)} {self._where()}: {error}") from error

    def _fresh(self, traced: Traced) -> Traced:
        if traced.stale():
            raise UserError(
                f"a tensor used {self._where()} was changed by an in-place operation on an alias of it; "
                "use the operation that is not in place"
            )
        return traced

    def _check_precision(self, operation: Operation, result: Tensor, operands: Sequence[Tensor]) -> None:
        precise = {operand.dtype for operand in operands if operand.is_floating_point() and operand.dim()}
        for dtype in (precise | {result.dtype}) - {operands[0].dtype}:
            raise UserError(
                f"{name_of(operation)} {self._where()} turns {operands[0].dtype} into {dtype}; "
                "a bound keeps one precision"
            )

    def _written(
        self, rule: Rule, operation: Operation, args: Sequence[Any], kwargs: dict[str, Any], shape: torch.Size
    ) -> Node:
        """Write a node, or find the one that computes the same of the same."""
        positional, named = mapped(Traced, value_of, (tuple(args), without_place(kwargs)))
        mark = fingerprint((rule, positional, named))
        node = None if mark is None else self._known.get(mark)
        if node is None:
            place = Place(self.model, innermost())
            node = Node(operation, rule, positional, named, Value(shape), place)
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


@contextmanager
def recording() -> Iterator[None]:
    """Leave inference mode, whose tensors have no version, and keep the caller's choice about gradients."""
    gradients = torch.is_grad_enabled()
    with torch.inference_mode(mode=False), torch.set_grad_enabled(gradients):
        yield


def innermost() -> nn.Module | None:
    """The innermost module that is running. Read off the stack, so that no model gets a hook."""
    frame = currentframe()
    while frame is not None and frame.f_code is not _CALL:
        frame = frame.f_back
    return None if frame is None else frame.f_locals["self"]
