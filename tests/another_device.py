"""A device of its own without a GPU: numbers on the CPU that torch takes to lie elsewhere.

What a GPU would refuse, an operation on tensors of two devices, is an error here; what it would do is done. The name is
that of a device which torch knows, this build has not, and autograd needs no thread for.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self, TypeVar
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

M = TypeVar("M", bound=nn.Module)

NAME: Final = "lazy"
aten: Final = torch.ops.aten
MOVES: Final = (aten.copy_.default, aten._to_copy.default)
INDEXED: Final = (aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default)
"""A GPU takes indices that lie on the CPU."""


class Far(Tensor):
    """A tensor on that device; ``near`` holds its numbers."""

    near: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    def tolist(self) -> Any:
        return self.near.tolist()

    def __format__(self, spec: str) -> str:
        return format(self.near, spec)

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch's stub has it for instances
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return _run(func, args, dict(kwargs or {}))


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, dict(kwargs or {}))


class _Making(TorchFunctionMode):
    """What torch makes of numbers before any operation is seen."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and _is_far(given.get("device")):
            made = func(*args, **{**given, "device": None})
            return made if isinstance(made, Far) else far(made)
        if func in (Tensor.__getitem__, Tensor.__setitem__):
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            near = tuple(torch.tensor(part) if isinstance(part, list) else part for part in index)
            args = (args[0], near, *args[2:])
        return func(*args, **given)


class _Draws(torch.Generator):
    """A generator that says where its numbers are to lie, and draws on the CPU."""

    place: torch.device

    def __new__(cls, device: torch.device | str = "cpu") -> Self:
        made = super().__new__(cls)
        made.place = torch.device(device)
        return made

    @property
    def device(self) -> torch.device:  # type: ignore[override]  # torch's stub lets it be written
        return self.place


def far(near: Tensor) -> Far:
    """Bring a tensor there."""
    made: Far = Tensor._make_wrapper_subclass(
        Far,
        near.shape,
        strides=near.stride(),
        storage_offset=near.storage_offset(),
        dtype=near.dtype,
        layout=near.layout,
        device=torch.device(NAME),
    )
    made.near = near
    return made


@contextmanager
def another_device() -> Iterator[None]:
    """In the block operations are held to lie on one device."""
    with patch.object(torch, "Generator", _Draws), _Making(), _Operations():  # type: ignore[no-untyped-call]
        yield


def moved(module: M) -> M:
    """Bring a module there."""
    for each in module.modules():
        for name, parameter in each._parameters.items():
            if parameter is not None:
                each._parameters[name] = nn.Parameter(far(parameter.detach()), requires_grad=parameter.requires_grad)
        for name, buffer in each._buffers.items():
            each._buffers[name] = None if buffer is None else far(buffer)
    return module


def _is_far(device: Any) -> bool:
    return device is not None and torch.device(device).type == NAME


def _run(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    leaves = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there_already = [leaf for leaf in leaves if isinstance(leaf, Far)]
    first = (
        leaves[0]
        if function in INDEXED or function is aten.copy_.default
        else next(iter(there_already or leaves), None)
    )
    there = _is_far(kwargs["device"]) if kwargs.get("device") is not None else isinstance(first, Far)
    if there_already and function not in MOVES:
        _check(function, leaves, first)
    if kwargs.get("device") is not None:
        kwargs = {**kwargs, "device": "cpu"}
    near_args, near_kwargs = tree_map(lambda leaf: leaf.near if isinstance(leaf, Far) else leaf, (args, kwargs))
    found = function(*near_args, **near_kwargs)
    if not there:
        return found
    wrapped = tree_map(lambda leaf: far(leaf) if isinstance(leaf, Tensor) else leaf, found)
    aliased = function._schema.is_mutable or any(each.alias_info for each in function._schema.returns)
    if not aliased or not there_already:
        return wrapped
    return return_and_correct_aliasing(function, args, kwargs, wrapped)  # type: ignore[no-untyped-call]


def _check(function: Any, leaves: Sequence[Tensor], first: Tensor | None) -> None:
    """A GPU takes single numbers of the CPU, but not side by side with its own; and indices of the CPU for its own."""
    for leaf in leaves:
        single = leaf.dim() == 0 and function not in (aten.cat.default, aten.stack.default)
        index = function in INDEXED and isinstance(first, Far) and leaf is not first and not leaf.is_floating_point()
        if not isinstance(leaf, Far) and not single and not index:
            shapes = ", ".join(f"{tuple(each.shape)} {'far' if isinstance(each, Far) else 'near'}" for each in leaves)
            raise RuntimeError(f"tensors of two devices in {function}: {shapes}")
