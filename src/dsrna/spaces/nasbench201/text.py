"""Architecture strings: ``|nor_conv_3x3~0|+|none~0|skip_connect~1|+|...|``, a group a node, an edge an entry."""

from collections.abc import Iterator, Sequence
from typing import Final

from dsrna.errors import UserError
from dsrna.registry import unknown
from dsrna.spaces.nasbench201.operations import CANDIDATES

NODES: Final = 4
"""Node 0 is the cell's input, node 3 its output."""

EDGES: Final = tuple((source, target) for target in range(1, NODES) for source in range(target))
"""``(source, target)`` of the six edges, in the order of the string."""

LONGEST: Final = 1_000
FORM: Final = "|op~0|+|op~0|op~1|+|op~0|op~1|op~2|"


def to_text(operations: Sequence[str]) -> str:
    """Write the operations of the six edges as an architecture string."""
    entries = iter(operations)
    groups = ["|".join(f"{next(entries)}~{source}" for source in range(target)) for target in range(1, NODES)]
    return "+".join(f"|{group}|" for group in groups)


def parse(text: str, where: str) -> tuple[str, ...]:
    """Read an architecture string; what does not fit is a ``UserError`` that names the node and the entry."""
    text = text.strip()
    if len(text) > LONGEST:
        raise UserError(f"{where}: {len(text)} characters are no architecture string of the form {FORM}")
    groups = text.split("+")
    if len(groups) != NODES - 1:
        raise UserError(f"{where}: {text!r} has {len(groups)} nodes, not {NODES - 1}; the form is {FORM}")
    return tuple(name for node, group in enumerate(groups, start=1) for name in _node(group, node, where))


def _node(group: str, node: int, where: str) -> Iterator[str]:
    entries = group[1:-1].split("|")
    if len(group) < 2 or group[0] != "|" or group[-1] != "|" or len(entries) != node:
        raise UserError(f"{where}, node {node}: {group!r} must be {node} entries op~source between bars; see {FORM}")
    for source, entry in enumerate(entries):
        name, _, index = entry.partition("~")
        if index != str(source):
            raise UserError(f"{where}, node {node}: entry {entry!r} must end in ~{source}")
        if name not in CANDIDATES:
            raise UserError(f"{where}, node {node}: {unknown('operation', 'operations', name, CANDIDATES)}")
        yield name
