"""YAML that is read: plain data, and of a size that the file has."""

from pathlib import Path
from typing import Any, Final

import yaml

from dsrna.errors import UserError
from dsrna.runtime.files import read_text

MOST: Final = 100_000
"""A recipe has some hundred values. Aliases of aliases stand for more than any memory holds."""


class _Loader(yaml.SafeLoader):
    """A safe one that looks how much a document stands for before it is made."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _size(node, {}) > MOST:
            raise yaml.YAMLError(f"with its aliases it stands for more than {MOST:,} values")
        return node


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of names and values as plain data; any other is a ``UserError`` that names it."""
    try:
        plain = yaml.load(read_text(path), _Loader)  # noqa: S506  a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(plain, dict):
        raise UserError(f"{path} must hold a mapping of names to values, not {type(plain).__name__}")
    return plain


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the nodes of the tree that ``node`` stands for: one with an alias to itself is beyond any number."""
    if id(node) not in known:
        known[id(node)] = MOST + 1
        known[id(node)] = 1 + sum(_size(child, known) for child in _children(node))
    return known[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
