"""A reader for pickles that hold numpy arrays and plain values, and can run nothing."""

import io
import pickle
import pickletools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dsrna.errors import UserError


class _Kind:
    """Takes the place of an element type: of what a pickle says of it, code and byte order are believed, no flags."""

    def __init__(self, code: str, *_: object) -> None:
        self.type = np.dtype(code)
        if self.type.hasobject:
            raise UserError("it holds an array of Python objects; only arrays of numbers are read from pickles")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.type = self.type.newbyteorder(state[1])


class _Array:
    """Takes the place of an array: numpy's own way to put one together trusts what a damaged pickle says."""

    content: NDArray[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, fortran, data = state
        raw = data.encode("latin1") if isinstance(data, str) else data  # of Python 2
        self.content = np.frombuffer(raw, kind.type).reshape(shape, order="F" if fortran else "C").copy()


def _reconstruct(*_: object) -> _Array:
    return _Array()


ALLOWED: Final = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Kind,
}
PUTS: Final = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
"""What remembers a value for later, at a place that is given."""


class ArrayUnpickler(pickle.Unpickler):
    """Knows the names that numpy arrays need; any other name raises ``UserError``."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise UserError(f"it asks for {module}.{name}; only numpy arrays are read from pickles")
        return ALLOWED[module, name]


def load_arrays(data: bytes, where: str) -> Any:
    """Read a pickle of Python 2, or of Python 3 in protocol 3 or 4; one that is damaged is a ``UserError``.

    ``where``: what errors call it.
    """
    try:
        _check_places(data)
        return _filled(ArrayUnpickler(io.BytesIO(data), encoding="latin1").load())
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
    except Exception as error:  # a damaged pickle can raise whatever the objects in it can
        raise UserError(f"{where} is no pickle of arrays: {type(error).__name__}: {error}") from error


def _filled(value: Any) -> Any:
    """Put the arrays in the places of those that stand for them."""
    if isinstance(value, _Array):
        if value.content is None:
            raise UserError("it holds an array without content")
        return value.content
    if isinstance(value, dict):
        return {key: _filled(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_filled, value))
    if isinstance(value, _Kind | type):
        raise UserError("it holds a type without an array")
    return value


def _check_places(data: bytes) -> None:
    """Raise ``UserError`` where something is to be remembered at a place that no pickle of this length comes to.

    Memory is taken for all the places before it: for a place of five bytes, gigabytes.
    """
    for operation, place, _ in pickletools.genops(data):
        if operation.name in PUTS and (place or 0) >= len(data):
            raise UserError(f"it asks for memory for {place:,} values, and has {len(data):,} bytes")
