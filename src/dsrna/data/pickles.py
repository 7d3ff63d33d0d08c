"""A reader for pickles that hold numpy arrays and plain values, and can run nothing."""

import io
import pickle
import pickletools
from typing import Any, Final

import numpy as np

from dsrna.errors import UserError

_RECONSTRUCT = np.empty(0).__reduce__()[0]
"""The function that array pickles name; its module differs between versions of numpy."""


def _dtype(code: str, align: object = False, copy: object = False) -> np.dtype[Any]:
    """Make the element type; old pickles give the flags as 0 and 1, which numpy has come to warn about."""
    kind = np.dtype(code, align=bool(align), copy=bool(copy))
    if kind.hasobject:
        raise UserError("it holds an array of Python objects; only arrays of numbers are read from pickles")
    return kind


ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _dtype,
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
        return ArrayUnpickler(io.BytesIO(data), encoding="latin1").load()
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
    except Exception as error:  # a damaged pickle can raise whatever the objects in it can
        raise UserError(f"{where} is no pickle of arrays: {type(error).__name__}: {error}") from error


def _check_places(data: bytes) -> None:
    """Raise ``UserError`` where something is to be remembered at a place that no pickle of this length comes to.

    Memory is taken for all the places before it: for a place of five bytes, gigabytes.
    """
    for operation, place, _ in pickletools.genops(data):
        if operation.name in PUTS and (place or 0) >= len(data):
            raise UserError(f"it asks for memory for {place:,} values, and has {len(data):,} bytes")
