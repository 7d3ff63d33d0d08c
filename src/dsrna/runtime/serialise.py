"""Dataclasses to plain data and back: strict about names and types, and clear about what is wrong where."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import cattrs
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

from dsrna.errors import UserError, shown
from dsrna.registry import unknown

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Turn a dataclass tree into dicts, lists and scalars, fit for JSON and YAML."""
    return _CONVERTER.unstructure(value)


def from_plain(kind: type[T], plain: Any, *, where: str) -> T:
    """Build a ``kind`` from plain data; ``where`` names the source in the ``UserError`` for what does not fit.

    Unknown names, missing ones and values of another type are errors: nothing is guessed.
    """
    try:
        return _CONVERTER.structure(plain, kind)
    except cattrs.BaseValidationError as error:
        raise UserError(f"{where}: {_first_reason(error)}") from error
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise UserError(f"{where}: {_first_reason(error)}") from error


def register(kind: Any, read: Callable[[str], Any], write: Callable[[Any], str]) -> None:
    """Let values of ``kind`` be text, or a number, in files: ``read`` raises ``UserError`` for what it cannot read."""
    _CONVERTER.register_structure_hook(kind, lambda value, _: read(_text_or_number(value)))
    _CONVERTER.register_unstructure_hook(kind, write)


def _first_reason(error: BaseException, path: str = "") -> str:
    """Walk down the exception group to one leaf, gathering the path of field names on the way.

    An unknown field goes before a missing one: it is likely the same field, misspelt.
    """
    if isinstance(error, cattrs.BaseValidationError):
        inner = min(error.exceptions, key=lambda found: not isinstance(found, ForbiddenExtraKeysError))
        notes = getattr(inner, "__notes__", [])
        steps = [str(note.name) for note in notes if isinstance(note, cattrs.AttributeValidationNote)]
        steps += [str(note.index) for note in notes if isinstance(note, cattrs.IterableValidationNote)]
        return _first_reason(inner, ".".join(filter(None, [path, *steps])))
    if isinstance(error, KeyError):
        return f"missing field {path or error.args[0]!r}"
    at = f"{path}: " if path else ""
    if isinstance(error, ForbiddenExtraKeysError):
        known = tuple(field.name for field in fields(error.cl))
        return at + unknown("field", "fields", min(map(str, error.extra_fields)), known)
    return f"{at}{error}"


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"must be a whole number, not {shown(value)}")
    return value


def _number(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"must be a number, not {shown(value)}")
    return float(value)


def _text(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"must be text, not {shown(value)}")
    return value


def _text_or_number(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError(f"must be text or a number, not {shown(value)}")
    return str(value)


def _boolean(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"must be true or false, not {shown(value)}")
    return value


def _is_choice(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is Literal


def _chosen(kind: Any) -> Callable[[Any, Any], Any]:
    """Return how one of several values is read."""
    values = get_args(kind)

    def checked(value: Any, _: Any) -> Any:
        if value not in values or isinstance(value, bool):
            raise TypeError(f"must be {' or '.join(map(str, values))}, not {shown(value)}")
        return value

    return checked


def _several(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis


def _listed(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Return how a tuple is read: from a list, for a text would be taken apart into letters."""
    read = converter.get_structure_hook(list[get_args(kind)[0]])  # type: ignore[misc]  # the type of the elements

    def checked(value: Any, _: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise TypeError(f"must be a list, such as [{value}], not {shown(value)}")
        return tuple(read(value, kind))

    return checked


def _mapped(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Return how a dataclass is read: from a mapping, and nothing else that may have names in it."""
    read = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)

    def checked(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"must be a mapping of fields, not {shown(value)}")
        return read(value, kind)

    return checked


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook_factory(is_dataclass, lambda kind: _mapped(kind, converter))
    converter.register_structure_hook_factory(_is_choice, _chosen)
    converter.register_structure_hook_factory(_several, lambda kind: _listed(kind, converter))
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _boolean)
    converter.register_structure_hook(Path, lambda value, _: Path(_text(value, str)))
    converter.register_unstructure_hook(Path, str)
    return converter


_CONVERTER = _make_converter()
