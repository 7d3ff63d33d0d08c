"""The tensor that a model is run on, which hands every torch function to a recorder."""

from collections.abc import Sequence
from typing import Any, Final, Protocol, runtime_checkable

import torch
from torch import Tensor

from dsrna.bounds.rules import Operation
from dsrna.bounds.tracing.nested import found
from dsrna.bounds.tracing.tape import Value

ABOUT_SHAPE: Final[frozenset[Operation]] = frozenset(
    {
        *(Tensor.size, Tensor.dim, Tensor.numel, torch.numel, Tensor.__len__, Tensor.stride, Tensor.is_contiguous),
        *(Tensor.is_floating_point, torch.is_floating_point),
        *(torch.zeros_like, torch.ones_like, Tensor.new_zeros, Tensor.new_ones, Tensor.new_full),
        *(getattr(Tensor, name).__get__ for name in ("shape", "ndim", "dtype", "device", "requires_grad", "is_cuda")),
    }
)
"""Functions whose result does not depend on the values in a tensor: it is no part of the tape."""


@runtime_checkable
class Recorder(Protocol):
    """What a traced tensor needs to know of who records it."""

    def call(self, operation: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> Any: ...

    def escaped(self, operation: object) -> Exception: ...


class Traced(Tensor):
    """Stands for a value while the model runs. It has a shape and no data, so nothing can be read past the tape.

    ``held`` is the value's data for the input at hand, as it was at ``version``.
    """

    recorder: Recorder
    value: Value
    held: Tensor
    version: int

    @staticmethod
    def __new__(  # noqa: PYI034 - the type checker of the tests wants the class by name
        cls: "type[Traced]", recorder: Recorder, value: Value, held: Tensor
    ) -> "Traced":
        traced = Tensor._make_wrapper_subclass(  # noqa: SLF001 - torch's documented way to a tensor without data
            cls, held.shape, strides=held.stride(), dtype=held.dtype, device=held.device
        )
        traced.recorder = recorder
        traced.become(value, held)
        return traced

    def __init__(self, recorder: Recorder, value: Value, held: Tensor) -> None:
        """All is done in ``__new__``, as for every tensor."""

    def __repr__(self) -> str:  # type: ignore[override]  # torch's takes the contents, and there are none
        return f"Traced({tuple(self.held.shape)}, {self.held.dtype})"

    def become(self, value: Value, held: Tensor) -> None:
        """Stand for ``value`` from now on: what an in-place operation does to a tensor."""
        self.value, self.held, self.version = value, held, version(held)

    def stale(self) -> bool:
        """Whether the data changed without this tensor's knowledge, through an alias."""
        return version(self.held) != self.version

    @classmethod
    def __torch_function__(
        cls, func: Operation, types: object, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Hand the call to the recorder instead of computing it."""
        return found(cls, [args, kwargs])[0].recorder.call(func, args, kwargs or {})

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch's annotation lacks ``cls``
        cls, func: object, types: object, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Refuse what came here past ``__torch_function__``, such as an extension written in C++."""
        raise found(cls, [args, kwargs])[0].recorder.escaped(func)


def version(tensor: Tensor) -> int:
    """How often a tensor, or an alias of it, was written to; an inference tensor cannot be."""
    return 0 if tensor.is_inference() else tensor._version  # noqa: SLF001 - the only way to see a write
