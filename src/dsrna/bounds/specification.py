"""Rows ``C``: what to bound is ``C f(x)``, folded into the last layer where that is linear."""

from inspect import signature

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules import Rule
from dsrna.bounds.rules.linear import affine
from dsrna.bounds.tape import Node, Tape, Value

Rows = Float[Tensor, "#batch rows classes"]
"""One matrix an example, or one for all of them."""


def specified(tape: Tape, rows: Rows) -> Tape:
    """Return the tape of ``C f``. Its clean output is no longer ``f``'s but ``C f``'s."""
    clean = product(tape.clean, rows)
    last = tape.nodes[-1] if tape.nodes else None
    if last is None or last.operation is not F.linear:
        return Tape((*tape.nodes, row_node(tape.output, rows, None)), clean)
    arguments = last.arguments.arguments
    bias = arguments.get("bias")
    offset = None if bias is None else rows @ bias
    return Tape((*tape.nodes[:-1], row_node(arguments["x"], rows @ arguments["weight"], offset)), clean)


def row_node(value: Value, rows: Tensor, offset: Tensor | None) -> Node:
    return Node(product, ROWS, ROWS.signature.bind(value, rows, offset), place="")


def product(x: Tensor, rows: Tensor, offset: Tensor | None = None) -> Tensor:
    """``(batch, n)`` by ``(#batch, rows, n)`` to ``(batch, rows)``."""
    result = torch.einsum("bn,brn->br", x, rows.expand(len(x), -1, -1))
    return result if offset is None else result + offset


def row_interval(x: Interval, rows: Tensor, offset: Tensor | None) -> Interval:
    return affine(product, x, rows, offset)


ROWS = Rule(row_interval, inputs=1, signature=signature(row_interval))
