"""Walking the lists, tuples and dictionaries that torch functions take as arguments."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def mapped(kind: type[T], function: Callable[[T], Any], value: Any) -> Any:
    """Return ``value`` with ``function`` applied to every ``kind`` in it."""
    if isinstance(value, kind):
        return function(value)
    if isinstance(value, list):
        return [mapped(kind, function, item) for item in value]
    if isinstance(value, tuple):
        return tuple(mapped(kind, function, item) for item in value)
    if isinstance(value, dict):
        return {key: mapped(kind, function, item) for key, item in value.items()}
    return value


def found(kind: type[T], value: Any) -> Iterator[T]:
    """Every ``kind`` in ``value``, from left to right."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from found(kind, item)
    elif isinstance(value, dict):
        yield from found(kind, list(value.values()))
