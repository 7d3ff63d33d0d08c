"""Architectures read: published ones and our own by name, those in files, those in text; of any space."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from dsrna.errors import UserError, shown
from dsrna.registry import Registry
from dsrna.runtime.files import parsed_json, read_text
from dsrna.runtime.reading import is_file
from dsrna.spaces.architecture import Architecture
from dsrna.spaces.registry import SPACES

ARCHITECTURES: Final[Registry[Architecture]] = Registry("architecture")


def find_architecture(named: str) -> Architecture:
    """Return the registered architecture of that name, or the one that the text is or the file holds."""
    if named not in ARCHITECTURES and not _is_text(named):
        if is_file(Path(named)):
            return load_architecture(Path(named))
        if Path(named).suffix or "/" in named:
            raise UserError(f"no file {named}; --architecture takes a genotype file or a name of `dsrna list`")
    return written_architecture(named)


def written_architecture(named: str) -> Architecture:
    """Return the registered architecture of that name, or the one that the text is. No file is opened."""
    return parse_architecture(named) if _is_text(named) else ARCHITECTURES[named]


def _is_text(named: str) -> bool:
    return any(named.startswith(space.value.prefix) for space in SPACES)


def load_architecture(path: Path) -> Architecture:
    """Read a file that holds one, as JSON or as the line of text that its space writes."""
    text = read_text(path).strip()
    if text[:1] != "{":
        return parse_architecture(text, where=str(path))
    return read_architecture(parsed_json(text, str(path)), where=str(path))


def read_architecture(plain: Mapping[str, Any], *, where: str = "genotype") -> Architecture:
    """Build one from ``to_dict``'s mapping, of the space that it names; of DARTS where it names none."""
    if not isinstance(plain, Mapping):
        raise UserError(f"{where}: a genotype is a mapping with normal and reduce, not {type(plain).__name__}")
    name = plain.get("space", "darts")
    if not isinstance(name, str) or name not in SPACES:
        raise UserError(f"{where}: unknown space {shown(name)}; known: {', '.join(SPACES.names())}")
    return SPACES[name].architecture.from_dict(plain, where=where)


def parse_architecture(text: str, *, where: str = "architecture") -> Architecture:
    """Read a line of text, of the space that it begins like; of DARTS where it begins like none."""
    found = (space.value for space in SPACES if text.strip().startswith(space.value.prefix))
    return next(found, SPACES["darts"]).architecture.from_text(text, where=where)


def _register(file: str) -> None:
    facts = json.loads(resources.files("dsrna.spaces").joinpath(file).read_text(encoding="utf-8"))
    for name, fact in facts.items():
        genotype = parse_architecture(fact["genotype"], where=f"architecture {name}")
        ARCHITECTURES.register(name, summary=fact["summary"], source=fact["source"])(genotype)


_register("published.json")
_register("found.json")
