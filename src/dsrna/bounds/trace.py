"""Running a model once to learn what it does to its input."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import BoundArguments, currentframe
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.bounds.nested import found, mapped
from dsrna.bounds.rules import RULES, Operation, Rule
from dsrna.bounds.tape import Node, Tape, Value, name_of, where
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


def trace(model: nn.Module, x: Float[Tensor, "batch *shape"]) -> Tape:
    """Run ``model`` once on ``x`` in evaluation mode and return what it did, up to its output.

    ``UserError`` for an operation without a rule, for an alias or a constant that changed during the run, and for an
    output that is not one tensor that depends on the input. ``x`` stays as it is, whatever the model writes into it.
    """
    recorder = TapeRecorder(model)
    with evaluating(model), recording():
        return recorder.finish(model(Traced(recorder, Value(0), x.detach().clone())))


class TapeRecorder:
    """Computes what the model computes, without gradients, and writes down how."""

    def __init__(self, model: nn.Module) -> None:
        self.nodes: list[Node] = []
        self._names = {module: name for name, module in model.named_modules()}
        self._constants: list[tuple[Tensor, int, Node]] = []

    def call(self, operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if operation in ABOUT_SHAPE:
            return compute(operation, args, kwargs)
        rule, place = self._rule(operation), innermost(self._names)
        node = Node(operation, rule, self._bind(rule, operation, args, kwargs), place)
        tensors = list(found(Tensor, [args, kwargs]))
        traced = [self._fresh(tensor) for tensor in tensors if isinstance(tensor, Traced)]
        self._watch(node, [tensor for tensor in tensors if not isinstance(tensor, Traced)])
        result = compute(operation, args, kwargs)
        self._check_precision(operation, result, traced[0].held)
        return self._write(node, result, traced)

    def finish(self, output: Any) -> Tape:
        """Return the tape of ``output``, once nothing has changed under it."""
        if not isinstance(output, Traced):
            kind = "a tensor that does not depend on it" if isinstance(output, Tensor) else type(output).__name__
            raise UserError(f"the model's output must be one tensor computed from its input, not {kind}")
        for constant, before, node in self._constants:
            if version(constant) != before:
                raise UserError(f"{node} uses a tensor that the model writes to in place; bounds need it unchanged")
        clean = self._fresh(output).held
        return Tape(tuple(self.nodes[: output.value.index]), clean)

    def escaped(self, operation: object) -> UserError:
        return UserError(f"{operation} {self._where()} is called past torch's Python functions and cannot be bounded")

    def _rule(self, operation: Operation) -> Rule:
        if operation not in RULES:
            raise UserError(
                f"no bound rule for {name_of(operation)} {self._where()}; "
                "register one with dsrna.bounds.rule (docs/explanation/bounds.md shows how)"
            )
        return RULES[operation]

    def _bind(self, rule: Rule, operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> BoundArguments:
        """Name the arguments as the rule does. Where a result is stored is the tape's concern, not the rule's."""
        named = {key: argument for key, argument in kwargs.items() if key != "inplace"}
        try:
            arguments = rule.signature.bind(*mapped(Traced, value_of, list(args)), **mapped(Traced, value_of, named))
        except TypeError as error:
            raise UserError(f"the bound rule of {name_of(operation)} {self._where()}: {error}") from error
        for name in rule.constants():
            if any(found(Value, arguments.arguments.get(name))):
                raise UserError(f"{name_of(operation)} {self._where()}: its {name!r} must not depend on the input")
        return arguments

    def _watch(self, node: Node, constants: Sequence[Tensor]) -> None:
        """Remember what the constants are like before the operation, which may write to one."""
        self._constants.extend((constant, version(constant), node) for constant in constants)

    def _fresh(self, traced: Traced) -> Traced:
        if traced.stale():
            raise UserError(
                f"a tensor used {self._where()} was changed by an in-place operation on an alias of it; "
                "use the operation that is not in place"
            )
        return traced

    def _check_precision(self, operation: Operation, result: Tensor, operand: Tensor) -> None:
        if result.dtype != operand.dtype:
            raise UserError(
                f"{name_of(operation)} {self._where()} turns {operand.dtype} into {result.dtype}; "
                "a bound keeps one precision"
            )

    def _write(self, node: Node, result: Tensor, traced: Sequence[Traced]) -> Traced:
        self.nodes.append(node)
        value = Value(len(self.nodes))
        for operand in traced:
            if operand.held is result:
                operand.become(value, result)
                return operand
        return Traced(self, value, result)

    def _where(self) -> str:
        return where(innermost(self._names))


@torch.no_grad()
def compute(operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    return operation(*mapped(Traced, held, list(args)), **mapped(Traced, held, kwargs))


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


def innermost(names: Mapping[nn.Module, str]) -> str:
    """The path of the innermost module whose method is running. Read off the stack, so that no model gets a hook."""
    frame = currentframe()
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, nn.Module) and owner in names:
            return names[owner]
        frame = frame.f_back
    return ""
