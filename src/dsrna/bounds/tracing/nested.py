"""Walking the lists, tuples and dictionaries that torch functions take as arguments."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

_ATOMS: Final = frozenset({int, float, bool, str, slice, type(None), type(...)})
"""What most arguments are, and nothing is found in: this walk is taken for every operation of a model."""


def mapped(kind: type[T], function: Callable[[T], Any], value: Any) -> Any:
    """Return ``value`` with ``function`` applied to every ``kind`` in it."""
    if isinstance(value, kind):
        return function(value)
    if type(value) in _ATOMS:
        return value
    if isinstance(value, list):
        return [mapped(kind, function, item) for item in value]
    if isinstance(value, tuple):
        return tuple([mapped(kind, function, item) for item in value])
    if isinstance(value, dict):
        return {key: mapped(kind, function, item) for key, item in value.items()}
    return value


def found(kind: type[T], value: Any) -> list[T]:
    """Every ``kind`` in ``value``, from left to right."""
    collected: list[T] = []
    _collect(kind, value, collected)
    return collected


def _collect(kind: type[T], value: Any, into: list[T]) -> None:
    if isinstance(value, kind):
        into.append(value)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) not in _ATOMS:
                _collect(kind, item, into)
    elif isinstance(value, dict):
        _collect(kind, list(value.values()), into)


def holds(kind: type[T], value: Any) -> bool:
    """Tell whether there is a ``kind`` in ``value``."""
    return bool(found(kind, value))
