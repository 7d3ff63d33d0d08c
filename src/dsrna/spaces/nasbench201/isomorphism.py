"""Which cells the benchmark counts as one: 15,625 cells, 6,466 classes (``docs/explanation/nasbench201.md``)."""

from collections.abc import Sequence
from typing import Final

from dsrna.spaces.nasbench201.text import EDGES, NODES

INPUT: Final = "0"
ZERO: Final = "#"


def class_name(operations: Sequence[str]) -> str:
    """Return the expression of the output node: two cells are of one class where these are equal.

    A node is the sum of its edges, terms in alphabetical order. An edge ``op`` from a node ``v`` is ``(v)@op``; a skip
    is ``v`` itself, unbracketed; ``none``, and every edge from a node that is nothing but one zero, is ``#``. The
    published tables name their classes so (Dong and Yang 2020, section 2.1): the order by letters is part of it.
    """
    nodes = [INPUT]
    for target in range(1, NODES):
        terms = [
            _term(operation, nodes[edge[0]])
            for operation, edge in zip(operations, EDGES, strict=True)
            if edge[1] == target
        ]
        nodes.append("+".join(sorted(terms)))
    return nodes[-1]


def _term(operation: str, value: str) -> str:
    if operation == "none" or value == ZERO:
        return ZERO
    return value if operation == "skip_connect" else f"({value})@{operation}"
