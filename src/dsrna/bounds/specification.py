"""Rows ``C``: what to bound is ``C f(x)``, folded into the last layer where that is linear."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules import Rule
from dsrna.bounds.rules.linear import affine, linear_arguments
from dsrna.bounds.tracing.tape import Node, Tape, Value

Rows = Float[Tensor, "#batch rows classes"]
"""One matrix an example, or one for all of them."""


def specified(tape: Tape, rows: Rows) -> Tape:
    """Return the tape of ``C f``."""
    last = tape.nodes[-1] if tape.nodes else None
    if last is None or last.operation is not F.linear:
        return appended(tape, tape.nodes, (tape.output, rows, None))
    x, weight, bias = linear_arguments(*last.args, **last.kwargs)
    return appended(tape, tape.nodes[:-1], (x, rows @ weight, None if bias is None else rows @ bias))


def appended(tape: Tape, nodes: tuple[Node, ...], arguments: tuple[Value, Tensor, Tensor | None]) -> Tape:
    output = Value(torch.Size((tape.like.shape[0], arguments[1].shape[1])))
    node = Node(product, ROWS, arguments, {}, output, None)
    return replace(tape, nodes=(*nodes, node), output=output)


def product(x: Tensor, rows: Tensor, offset: Tensor | None = None) -> Tensor:
    """``(batch, n)`` by ``(#batch, rows, n)`` to ``(batch, rows)``."""
    result = torch.einsum("bn,brn->br", x, rows.expand(len(x), -1, -1))
    return result if offset is None else result + offset


def product_interval(x: Interval, rows: Tensor, offset: Tensor | None) -> Interval:
    return affine(product, x, rows, offset)


def product_back(adjoint: Tensor, x: torch.Size, rows: Tensor, offset: Tensor | None) -> list[Tensor]:  # noqa: ARG001
    return [torch.einsum("qbr,brn->qbn", adjoint, rows.expand(x[0], -1, -1))]


def product_offset(x: torch.Size, rows: Tensor, offset: Tensor | None) -> Tensor | None:  # noqa: ARG001
    return offset


ROWS = Rule(interval=product_interval, affine=True, transpose=product_back, offset=product_offset, batched=2)
