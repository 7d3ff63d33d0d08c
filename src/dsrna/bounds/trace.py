"""Running a model once to learn what it does to its input."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from inspect import BoundArguments
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
    recorder = TapeRecorder()
    with evaluating(model), recording(), placing(model, recorder.places):
        return recorder.finish(model(Traced(recorder, Value(0), x.detach().clone())))


class TapeRecorder:
    """Computes what the model computes, without gradients, and writes down how."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.places = [""]
        self._constants: list[tuple[Tensor, int, str]] = []

    def call(self, operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if operation in ABOUT_SHAPE:
            return compute(operation, args, kwargs)
        arguments = self._bind(self._rule(operation), operation, args, kwargs)
        traced = [self._fresh(tensor) for tensor in found(Traced, [args, kwargs])]
        self._watch(operation, [args, kwargs])
        result = compute(operation, args, kwargs)
        self._check_precision(operation, result, traced[0].held)
        return self._write(Node(operation, RULES[operation], arguments, self.places[-1]), result, traced)

    def finish(self, output: Any) -> Tape:
        """Return the tape of ``output``, once nothing has changed under it."""
        if not isinstance(output, Traced):
            kind = "a tensor that does not depend on it" if isinstance(output, Tensor) else type(output).__name__
            raise UserError(f"the model's output must be one tensor computed from its input, not {kind}")
        for constant, before, what in self._constants:
            if version(constant) != before:
                raise UserError(f"{what} uses a tensor that the model writes to in place; bounds need it unchanged")
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
        named = {key: mapped(Traced, lambda x: x.value, value) for key, value in kwargs.items() if key != "inplace"}
        try:
            arguments = rule.signature.bind(*mapped(Traced, lambda x: x.value, list(args)), **named)
        except TypeError as error:
            raise UserError(f"the bound rule of {name_of(operation)} {self._where()}: {error}") from error
        for name in rule.constants():
            if any(found(Value, arguments.arguments.get(name))):
                raise UserError(f"{name_of(operation)} {self._where()}: its {name!r} must not depend on the input")
        return arguments

    def _fresh(self, traced: Traced) -> Traced:
        if traced.stale():
            raise UserError(
                f"a tensor used {self._where()} was changed by an in-place operation on an alias of it; "
                "use the operation that is not in place"
            )
        return traced

    def _watch(self, operation: Operation, arguments: Any) -> None:
        what = f"{name_of(operation)} {self._where()}"
        constants = (tensor for tensor in found(Tensor, arguments) if not isinstance(tensor, Traced))
        self._constants.extend((tensor, version(tensor), what) for tensor in constants)

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
        return where(self.places[-1])


@torch.no_grad()
def compute(operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    return operation(*mapped(Traced, held, list(args)), **mapped(Traced, held, kwargs))


def held(traced: Traced) -> Tensor:
    return traced.held


@contextmanager
def recording() -> Iterator[None]:
    """Leave inference mode, whose tensors have no version, and keep the caller's choice about gradients."""
    gradients = torch.is_grad_enabled()
    with torch.inference_mode(mode=False), torch.set_grad_enabled(gradients):
        yield


@contextmanager
def placing(model: nn.Module, places: list[str]) -> Iterator[None]:
    """Keep the dotted path of the module that is running at the end of ``places``."""
    with ExitStack() as handles:
        for name, module in model.named_modules():
            handles.enter_context(module.register_forward_pre_hook(entering(name, places)))
            handles.enter_context(module.register_forward_hook(leaving(places)))
        yield


def entering(name: str, places: list[str]) -> Callable[[nn.Module, Any], None]:
    def hook(_module: nn.Module, _inputs: Any) -> None:
        places.append(name)

    return hook


def leaving(places: list[str]) -> Callable[[nn.Module, Any, Any], None]:
    def hook(_module: nn.Module, _inputs: Any, _output: Any) -> None:
        places.pop()

    return hook
