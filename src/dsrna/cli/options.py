"""Every field of a recipe as an option: ``--search.epochs 20``, and short names for the most used."""

import argparse
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Final

from dsrna.cli.explaining import explained
from dsrna.errors import UserError, shown
from dsrna.recipes import Recipe, merged
from dsrna.threat import Eps, Norm


@dataclass(frozen=True)
class Short:
    """A short option: the fields that it sets, its help, and the fields that it puts back to none."""

    paths: tuple[str, ...]
    help: str
    clears: tuple[str, ...] = ()


RADII: Final = "radii of the evaluation, such as 1/255,2/255,8/255"
ELSEWHERE: Final[dict[str, Short]] = {
    "data-dir": Short(("data.directory",), "where the data lie"),
    "seed": Short(("seed",), "of everything random"),
    "device": Short(("device",), "auto, cpu, cuda or cuda:N"),
}
SHORT: Final[dict[str, Short]] = {
    "method": Short(("search.method",), "how to search (dsrna list methods)"),
    "training": Short(("training.method",), "how to train the final network (dsrna list trainings)"),
    "eps": Short(("attack.eps", "attack.slow_eps", "certify.eps"), RADII),
    "architecture": Short(
        ("architecture",), "a published architecture, a genotype file, or its text; skips the search"
    ),
    "params": Short(("search.params",), "the most parameters of the final network, or a band: 18000,20000"),
    "macs": Short(("search.macs",), "the same of its multiply-adds for one image"),
    "goal": Short(("goal",), "how the network will be trained and judged"),
    **ELSEWHERE,
}
ATTACK: Final[dict[str, Short]] = {
    "attacks": Short(("attack.attacks",), "which (dsrna list attacks)", clears=("attack.source",)),
    "eps": Short(("attack.eps", "attack.slow_eps"), RADII),
    "norm": Short(("attack.norm",), "of the ball"),
    "images": Short(("attack.images",), "so many test images"),
    **ELSEWHERE,
}
CERTIFY: Final[dict[str, Short]] = {
    "method": Short(
        ("certify.method",), "a bound (dsrna list bounds), which proves, or smoothing: of the smoothed classifier"
    ),
    "eps": Short(("certify.eps",), RADII, clears=("certify.l2_eps", "certify.l1_eps")),
    "norm": Short(("certify.norm",), "one or several: inf,2"),
    "targets": Short(("certify.targets",), "which other classes"),
    "images": Short(("certify.images",), "so many test images"),
    "memory": Short(("certify.memory",), "MiB that the bounds may take"),
    **ELSEWHERE,
}


@dataclass(frozen=True)
class Field:
    """A leaf of the recipe's tree: its dotted path, its type, and the settings class that it is of."""

    path: str
    kind: Any
    settings: type

    @property
    def help(self) -> str:
        return explained(self.settings, self.path.rpartition(".")[2])


def leaves(kind: type = Recipe, prefix: str = "") -> Iterator[Field]:
    """Yield the leaves of a tree of dataclasses."""
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        path, hint = f"{prefix}{field.name}", hints[field.name]
        if is_dataclass(hint):
            yield from leaves(typing.cast("type", hint), f"{path}.")
        else:
            yield Field(path, hint, kind)


def add_options(parser: argparse.ArgumentParser, short: dict[str, Short] = SHORT) -> None:
    """Add ``--config``, the short options, and an option for every field of the recipe."""
    parser.set_defaults(short=short)
    kinds = {field.path: field.kind for field in leaves()}
    parser.add_argument("--config", metavar="FILE.yaml", help="recipe fields to put in place of the named recipe's")
    for name, option in short.items():
        metavar = _metavar(kinds[option.paths[0]])
        parser.add_argument(f"--{name}", metavar=metavar, help=option.help, dest=f"short {name}")
    group = parser.add_argument_group("any field of the recipe")
    for field in leaves():
        if field.path not in short and field.path != "name":
            words = field.help.replace("%", "%%")
            # A field that is true or false may be given without a word: it is then true.
            alone: dict[str, Any] = {"nargs": "?", "const": "true"} if field.kind is bool else {}
            place, shown = f"field {field.path}", _metavar(field.kind)
            group.add_argument(f"--{field.path}", metavar=shown, dest=place, help=words, **alone)


def changes(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields that the options set, as nested plain data; the long form of an option wins."""
    kinds = {field.path: field.kind for field in leaves()}
    given = {name: str(text) for name, text in vars(arguments).items() if text is not None}
    found: dict[str, Any] = {}
    used = {name: option for name, option in arguments.short.items() if f"short {name}" in given}
    for path in (path for option in used.values() for path in option.clears):
        found = merged(found, _nested(path, None))
    for name, option in used.items():
        for path in option.paths:
            found = merged(found, _nested(path, plain(given[f"short {name}"], kinds[path], f"--{name}")))
    for path, kind in kinds.items():
        if f"field {path}" in given:
            found = merged(found, _nested(path, plain(given[f"field {path}"], kind, f"--{path}")))
    return found


def plain(text: str, kind: Any, option: str) -> Any:
    """Turn an option's text into the plain value that its field's type is built from."""
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        inner = next(part for part in typing.get_args(kind) if part is not type(None))
        return None if text.lower() == "none" else plain(text, inner, option)
    if typing.get_origin(kind) is tuple:
        inner = typing.get_args(kind)[0]
        return [plain(part, inner, option) for part in text.split(",") if part.strip()]
    if kind in {int, float, bool}:
        return _scalar(text, kind, option)
    return text.strip()


def _scalar(text: str, kind: type, option: str) -> Any:
    wanted, read = _READERS[kind]
    try:
        return read(text)
    except ValueError:
        raise UserError(f"{option}: must be {wanted}, not {shown(text)}") from None


def _boolean(text: str) -> bool:
    names = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in names:
        raise ValueError(text)
    return names[text.lower()]


_READERS: Final[dict[type, tuple[str, Callable[[str], Any]]]] = {
    int: ("a whole number", int),
    float: ("a number", float),
    bool: ("true or false", _boolean),
}


def _nested(path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {head: _nested(rest, value) if rest else value}


def _metavar(kind: Any) -> str:
    """Show a type as people write its values."""
    if typing.get_origin(kind) is tuple:
        return f"{_metavar(typing.get_args(kind)[0])},..."
    if typing.get_origin(kind) is typing.Literal:
        return "|".join(typing.get_args(kind))
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return "|".join(_metavar(part) for part in typing.get_args(kind))
    names = {int: "N", float: "X", bool: "true|false", str: "NAME", Path: "DIR", Eps: "8/255", Norm: "inf|2|1"}
    return names.get(kind, "none")
