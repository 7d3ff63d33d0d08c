"""How the constants of a tape come from the model's tensors, written down so that they can be computed anew."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dsrna.bounds.rules import Operation
from dsrna.bounds.tracing.nested import found, mapped
from dsrna.bounds.tracing.tape import Tape
from dsrna.bounds.tracing.traced import ABOUT_SHAPE, Traced


class Name:
    """What stands for a constant."""


@dataclass(frozen=True, eq=False)
class Own(Name):
    """A parameter or buffer of the model: its path, and where it is kept."""

    path: str
    module: nn.Module
    attribute: str

    def tensor(self, tensors: Mapping[str, Tensor] | None) -> Tensor:
        """What it is now, or what takes its place."""
        if tensors is not None and self.path in tensors:
            return tensors[self.path]
        own: Tensor = getattr(self.module, self.attribute)
        return own


@dataclass(frozen=True, eq=False)
class Slot(Name):
    """A tensor that a step returns."""

    index: int
    requires_grad: bool


@dataclass(frozen=True, eq=False)
class Step:
    """A call of a torch function, with names for the tensors among its arguments; ``gradients``: whether it had any."""

    operation: Operation
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    results: tuple[Slot, ...]
    gradients: bool


@dataclass(frozen=True, eq=False)
class Replay:
    """A tape with names for its constants, and the steps that lead to them."""

    steps: tuple[Step, ...]
    template: Tape

    def tape(self, tensors: Mapping[str, Tensor] | None) -> Tape:
        """Return the tape with its constants as they are now, ``tensors`` in the places of the model's own if given."""
        computed: dict[int, Tensor] = {}

        def constant(name: Name) -> Tensor:
            return name.tensor(tensors) if isinstance(name, Own) else computed[cast("Slot", name).index]

        for step in self.steps:
            args, kwargs = mapped(Name, constant, (step.args, step.kwargs))
            with nullcontext() if step.gradients else torch.no_grad():
                result = step.operation(*args, **kwargs)
            computed.update(zip((slot.index for slot in step.results), found(Tensor, result), strict=True))
        return self.template.with_constants(Name, constant)


class Constants(TorchFunctionMode):
    """Writes down, while it is active, every call whose result does not depend on the input.

    ``repeatable`` turns false where the model reads what a tensor holds, for then it may do something else next time,
    and where gradients flow past torch's functions.
    """

    def __init__(self, model: nn.Module, tensors: Mapping[str, Tensor] | None) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.repeatable = True
        self._names: dict[int, Name] = {}
        self._alive: list[Tensor] = []  # an identity is one tensor's as long as that tensor lives
        for own in owned(model):
            tensor = own.tensor(tensors)
            self._names.setdefault(id(tensor), own)
            self._alive.append(tensor)

    def __torch_function__(
        self, func: Operation, types: object, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call, and write the call down."""
        named = kwargs or {}
        result = func(*args, **named)
        results = found(Tensor, result)
        if results and not any(isinstance(tensor, Traced) for tensor in results):
            self._write(func, tuple(args), named, results)
        elif not results and func not in ABOUT_SHAPE:
            self.repeatable &= result is None
            self._write(func, tuple(args), named, results)
        return result

    def replay(self, tape: Tape) -> Replay | None:
        """Return how to make ``tape`` again, None where that cannot be told."""
        template = tape.with_constants(Tensor, self._name)
        return Replay(tuple(self.steps), template) if self.repeatable else None

    def _write(
        self, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], results: list[Tensor]
    ) -> None:
        positional, named = mapped(Tensor, self._name, (args, kwargs))
        slots = tuple(self._slot(tensor) for tensor in results)
        self.steps.append(Step(operation, positional, named, slots, torch.is_grad_enabled()))

    def _name(self, tensor: Tensor) -> Name | Tensor:
        if isinstance(tensor, Traced):
            return tensor.held
        name = self._names.get(id(tensor), tensor)
        self.repeatable &= isinstance(name, Own) or tensor.requires_grad == (
            isinstance(name, Slot) and name.requires_grad
        )
        return name

    def _slot(self, tensor: Tensor) -> Slot:
        slot = Slot(len(self._alive), tensor.requires_grad)
        self._alive.append(tensor)
        self._names[id(tensor)] = slot
        return slot


def owned(model: nn.Module) -> Iterator[Own]:
    """Every parameter and buffer of a model."""
    for prefix, module in model.named_modules():
        for attribute in [*module._parameters, *module._buffers]:  # noqa: SLF001 - the names that state_dict uses
            if getattr(module, attribute) is not None:
                yield Own(f"{prefix}.{attribute}" if prefix else attribute, module, attribute)
